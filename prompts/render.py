"""The one renderer: a text file of this folder, with its `$names` filled in."""

from datetime import date
from importlib.resources import files
from string import Template

# Spelled out, because strftime's names follow the machine's locale.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DATELESS = ("nano",)
"""Identities that are not told the date."""


def render(name: str, **values: str) -> str:
    """The text of `<name>.md` with each `$key` replaced by its value, without the final newline.

    Values are put in as they are: a `$` in them means nothing. A name without a value, or a value without a
    name, is a ValueError: a prompt with a hole in it would go unnoticed.
    """
    template = Template(files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))
    wanted = set(template.get_identifiers())
    if missing := wanted - values.keys():
        raise ValueError(f"prompts/{name}.md needs a value for: {', '.join(sorted(missing))}")
    if surplus := values.keys() - wanted:
        raise ValueError(f"prompts/{name}.md has no place for: {', '.join(sorted(surplus))}")
    return template.substitute(values).rstrip("\n")


def system_prompt(today: date, identity: str = "mimo") -> str:
    """The system message: who the model is, and where. `identity` is a profile's: "mimo" opens with the words that
    the model's authors recommend, "generic" with none that only one model could say of itself, "nano" without a
    date: its prompt is one constant text, the one it was trained with."""
    return render("system", identity=_who(today, identity))


def chat_prompt(today: date, identity: str = "mimo", *, workspace: str, test_command: str = "") -> str:
    """The system message of a conversation; see `system_prompt` and `fix_prompt` for its values. "nano" knows no
    conversations: it gets its one constant text."""
    if identity in DATELESS:
        return system_prompt(today, identity)
    tests = render("chat_tests", command=test_command) if test_command else render("chat_tests_unknown")
    return render("chat", identity=_who(today, identity), workspace=workspace, tests=tests)


def fix_prompt(task: str, workspace: str, test_command: str = "", *, hosts: str = "") -> str:
    """The user message of `mimosa fix`. `workspace` is the absolute path inside the sandbox; `test_command` is
    "" where nobody knows how the tests are run; `hosts` are those that the sandbox reaches, "" for none."""
    tests = (
        render("tests_known", command=test_command, workspace=workspace)
        if test_command
        else render("tests_unknown")
    )
    network = render("network_hosts", hosts=hosts) if hosts else render("network_none")
    return render("fix", task=task.strip(), workspace=workspace, network=network, tests=tests)


def _who(today: date, identity: str) -> str:
    if identity in DATELESS:
        return render(f"identity_{identity}")
    return render(f"identity_{identity}", date=today.isoformat(), week=WEEKDAYS[today.weekday()])
