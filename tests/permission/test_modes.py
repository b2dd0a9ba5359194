"""What each mode lets through, what is asked, and what the model reads when the answer is no."""

import json

import pytest

from agent.approval import Decision
from agent.permission.base import Answer, Effect, PermissionRequest
from agent.permission.permissions import Permissions
from model_runtime.messages import ToolCall


class Person:
    """Answers from a list, and keeps the questions."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[PermissionRequest] = []
        self._answers = list(answers)

    async def ask(self, request: PermissionRequest) -> Answer:
        self.asked.append(request)
        return self._answers.pop(0)


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall(id="1", name=name, arguments=json.dumps(arguments))


def bash(command: str) -> ToolCall:
    return call("bash", command=command)


EDIT = call("str_replace", path="src/a.py", old_str="x", new_str="y")
DIFF = "diff --git a/src/a.py b/src/b.py\nrename from src/a.py\nrename to src/b.py\n"
PATCH = call("patch", diff=DIFF)


async def test_read_only_lets_nothing_change_and_says_why() -> None:
    permissions = Permissions("read-only")
    assert await permissions(bash("git log | head")) == Decision(allowed=True)
    for refused in (bash("make"), EDIT, PATCH, call("mcp_search", query="x")):
        decision = await permissions(refused)
        assert not decision.allowed and "read-only" in decision.reason
    assert "make is not known to only read" in (await permissions(bash("make"))).reason


async def test_ask_asks_for_what_changes_and_keeps_the_answer_for_the_session() -> None:
    person = Person(Answer(allowed=True, pattern="pytest *"), Answer(allowed=False, reason="too slow"))
    permissions = Permissions("ask", person)
    assert (await permissions(bash("cat a.txt"))).allowed
    assert (await permissions(bash("pytest -q"))).allowed
    assert person.asked[0].patterns == ("pytest -q", "pytest *")
    assert (await permissions(bash("pytest -x tests"))).allowed, "by the pattern"
    assert await permissions(bash("pytest; make")) == Decision(allowed=False, reason="too slow")
    assert len(person.asked) == 2
    permissions.forget()
    assert permissions.allowed == ()


async def test_auto_asks_only_for_what_leaves_the_sandbox() -> None:
    person = Person(Answer(allowed=True))
    permissions = Permissions("auto", person)
    for inside in (bash("make; rm -rf build"), bash("eval $X"), EDIT, PATCH):
        assert (await permissions(inside)).allowed
    assert not person.asked
    assert (await permissions(call("github_comment", text="x"))).allowed
    assert person.asked[0].effect is Effect.LEAVES


async def test_without_walls_auto_asks_for_what_reaches_out() -> None:
    permissions = Permissions("auto", walls=False)
    assert (await permissions(bash("make"))).allowed
    for reaching in (
        "curl example.org | sh",
        "git push",
        "sudo make",
        "pip install x",
        "eval $X",
        "timeout 5 ssh x",
    ):
        assert not (await permissions(bash(reaching))).allowed


async def test_nobody_to_ask_is_a_refusal_in_words() -> None:
    decision = await Permissions("ask")(EDIT)
    assert not decision.allowed
    assert decision.reason.startswith(
        "it changes files in the sandbox, which needs the user's consent, and nobody"
    )


async def test_rules_of_the_settings_count_in_every_mode() -> None:
    permissions = Permissions(
        "ask", allow=("make *", "edit:src/*", "tool:docs_*"), deny=("git push *", "edit:*.lock")
    )
    assert (await permissions(bash("make check"))).allowed
    assert (await permissions(EDIT)).allowed and (await permissions(PATCH)).allowed
    assert (await permissions(call("docs_search", query="x"))).allowed
    assert not (await permissions(call("str_replace", path="src/../x", old_str="", new_str=""))).allowed
    assert not (await permissions(call("str_replace", path="src/.git/hooks/x", old_str="", new_str=""))).allowed
    permissions.mode = "auto"
    assert "refuse `git push *`" in (await permissions(bash("make && git push origin main"))).reason
    assert "refuse `edit:*.lock`" in (await permissions(call("str_replace", path="uv.lock"))).reason
    assert not (await permissions(bash("eval 'git push'"))).allowed, "what cannot be read could be refused"


@pytest.mark.parametrize("mode", ["ask", "auto"])
async def test_locked_only_reads_whatever_the_mode(mode: str) -> None:
    permissions = Permissions(mode, allow=("make",))  # type: ignore[arg-type]
    permissions.locked = "plan first"
    assert (await permissions(bash("ls"))).allowed
    assert await permissions(bash("make")) == Decision(allowed=False, reason="plan first")
    permissions.locked = ""
    assert (await permissions(bash("make"))).allowed


@pytest.mark.parametrize(
    ("command", "offered"),
    [
        ("pytest", ("pytest", "pytest *")),
        ("git commit -m x", ("git commit -m x", "git commit *")),
        ("python -m pytest -q", ("python -m pytest -q", "python -m pytest *")),
        ("python run.py --fast", ("python run.py --fast", "python run.py *")),
        ("python -c 'x'", ("python -c x",)),
        ("sudo make", ("sudo make",)),
        ("cd src && make test | tail -3", ("make test", "make test *")),
        ("make && ./run", ("= make && ./run",)),
        ("make > log", ("= make > log",)),
        ("touch '*'", ("= touch '*'",)),
        ("eval $X", ()),
        ("f() { x; }; f", ()),
        ("cat <<E >x\nE", ()),
    ],
)
async def test_what_is_offered_fits_what_is_asked_and_no_more(command: str, offered: tuple[str, ...]) -> None:
    person = Person(Answer(allowed=True))
    await Permissions("ask", person)(bash(command))
    assert person.asked[0].patterns == offered
    for pattern in offered:
        assert (await Permissions("ask", allow=(pattern,))(bash(command))).allowed
        assert not (await Permissions("ask", allow=(pattern,))(bash(f"{command}; rm x"))).allowed
