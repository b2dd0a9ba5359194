"""What is known of one call before anybody is asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import normpath

from agent.permission.base import Effect
from agent.permission.rules import EDIT, TOOL, Rule
from agent.permission.shell.readers import only_reads
from agent.permission.shell.script import Command, Unreadable
from agent.permission.shell.wrapped import all_commands
from agent.permission.suggest import for_commands
from model_runtime.messages import ToolCall
from tools.patch.model import BadPatch
from tools.patch.parse import parse_patch

REACHING = frozenset(
    {
        *("curl", "wget", "ssh", "scp", "sftp", "rsync", "ftp", "nc", "ncat", "telnet", "socat", "ping", "dig"),
        *("sudo", "su", "doas", "pkexec", "mount", "systemctl", "crontab", "docker", "podman", "kubectl"),
        *("pip", "pip3", "uv", "npm", "pnpm", "yarn", "npx", "apt", "apt-get", "brew", "gh", "mail", "aws"),
    }
)
_GIT_REACHES = frozenset({"push", "fetch", "pull", "clone", "remote", "submodule", "ls-remote"})


@dataclass(frozen=True)
class Judged:
    """`effect` is what the call would do. `what`, `detail` and `why` are words for the question. `suggested`
    are rules that would allow it. `readable`: it could be told apart, so that rules count for it. `reaches`:
    without walls around it, it would leave the machine or become somebody else."""

    call: ToolCall
    effect: Effect
    what: str
    detail: str
    why: str
    suggested: tuple[str, ...] = ()
    readable: bool = True
    reaches: bool = False
    commands: tuple[Command, ...] = ()
    paths: tuple[str, ...] = ()

    def allowed_by(self, rules: Sequence[Rule]) -> bool:
        """Whether the rules together allow all of it."""
        if not self.readable:
            return False
        if self.commands:
            return any(rule.fits_text(self.detail) for rule in rules) or all(
                only_reads(command) or (not command.writes and any(rule.fits_command(command) for rule in rules))
                for command in self.commands
            )
        if self.paths:
            return all(any(rule.fits_path(path) for rule in rules) for path in self.paths)
        return any(rule.fits_tool(self.call.name) for rule in rules)

    def refused_by(self, rules: Sequence[Rule]) -> Rule | None:
        """The first rule that fits any part of it."""
        for rule in rules:
            parts = any(rule.fits_command(command) for command in self.commands)
            paths = any(rule.fits_path(path) for path in self.paths)
            if parts or paths or rule.fits_text(self.detail) or rule.fits_tool(self.call.name):
                return rule
        return None


def judge(call: ToolCall, effect: Effect) -> Judged:
    """`effect` is what the tool as such does; a shell command is looked into."""
    fields = _fields(call)
    match call.name.strip(), fields:
        case "bash", {"command": str() as command}:
            return _command(call, command)
        case "str_replace", {"path": str() as path}:
            return _edit(call, effect, (path,), call.arguments)
        case "patch", {"diff": str() as diff}:
            return _edit(call, effect, _patched(diff), diff)
        case name, _:
            return Judged(call, effect, f"call {name}", call.arguments, f"it {effect.value}", (f"{TOOL}{name}",))


def _fields(call: ToolCall) -> dict[str, object]:
    try:
        fields = json.loads(call.arguments)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _command(call: ToolCall, text: str) -> Judged:
    try:
        commands = all_commands(text)
    except Unreadable as why:
        return Judged(
            call,
            Effect.CHANGES,
            "run a command",
            text,
            f"what it does cannot be told: {why}",
            readable=False,
            reaches=True,
        )
    asking = [command for command in commands if not only_reads(command)]
    if not asking:
        return Judged(call, Effect.READS, "run a command", text, "it only reads", commands=commands)
    writes = any(command.writes for command in asking)
    return Judged(
        call,
        Effect.CHANGES,
        "run a command",
        text,
        "it writes into a file" if writes else f"{asking[0].name} is not known to only read",
        for_commands(text, asking),
        reaches=any(_reaches(command) for command in commands),
        commands=commands,
    )


def _reaches(command: Command) -> bool:
    name = command.name.rpartition("/")[2]
    return name in REACHING or (name == "git" and any(word in _GIT_REACHES for word in command.arguments[:3]))


def _edit(call: ToolCall, effect: Effect, named: tuple[str, ...], detail: str) -> Judged:
    paths = tuple(normpath(path) for path in named)
    plain = bool(paths) and all(not path.startswith(("/", "..")) for path in paths)
    what = f"change {', '.join(paths[:3])}" + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    folders = sorted({path.rpartition("/")[0] for path in paths})
    suggested = [f"{EDIT}{path}" for path in paths] if len(paths) == 1 else []
    suggested += [f"{EDIT}{folder}/*" for folder in folders if folder] if len(folders) == 1 else []
    return Judged(
        call,
        effect,
        what if paths else "change files",
        detail,
        f"it {effect.value}",
        (*suggested, f"{EDIT}*") if plain else (),
        readable=plain,
        paths=paths,
    )


def _patched(diff: str) -> tuple[str, ...]:
    try:
        files = parse_patch(diff)
    except BadPatch:
        return ()
    return tuple(dict.fromkeys(path for file in files for path in (file.old, file.new) if path))
