"""Commands that run other commands: what they would run stands beside them."""

from collections.abc import Iterator
from dataclasses import replace

from agent.permission.shell.parse import commands_of
from agent.permission.shell.script import Command, Unreadable, Word

DEEPEST = 4
_SHELLS = frozenset({"bash", "sh", "dash"})
_HARMLESS = frozenset({"env", "command", "nice", "nohup", "time", "timeout", "xargs"})
"""Wrappers that add nothing to what the wrapped command does, in the forms that are taken apart here."""
_OPAQUE = frozenset({"eval", "exec", "trap", "alias", "builtin", "enable"})
"""Commands of the shell after which words no longer mean what they say."""
_XARGS_FLAGS = frozenset({"-0", "-r", "--null", "--no-run-if-empty", "-t"})
_FIND_RUNS = frozenset({"-exec", "-execdir"})


def all_commands(text: str) -> tuple[Command, ...]:
    """Every command in `text`, those that others would run in their place. Raises Unreadable."""
    return tuple(inner for command in commands_of(text) for inner in _unwrapped(command, 0))


def _unwrapped(command: Command, depth: int) -> Iterator[Command]:
    if depth > DEEPEST:
        raise Unreadable("commands run commands too deeply")
    inner = _inner(command)
    if inner is None:
        yield command
        return
    for found in inner:
        yield from _unwrapped(found, depth + 1)


def _inner(command: Command) -> tuple[Command, ...] | None:
    """What `command` runs in its place; None if it stands for itself."""
    words = command.words
    if command.name in _OPAQUE:
        raise Unreadable(f"it uses {command.name}")
    if command.name in _SHELLS and len(words) >= 3 and words[1] in ("-c", "-lc"):
        if words[2] is None:
            raise Unreadable(f"what {command.name} would run is known to the shell alone")
        return tuple(replace(found, writes=found.writes or command.writes) for found in commands_of(words[2]))
    if command.name == "find" and _FIND_RUNS.intersection(word for word in words if word):
        return _of_find(command)
    if command.name not in _HARMLESS:
        return None
    rest = _after_options(command)
    if not rest:
        return None
    sets, rest = _leading_sets(rest)
    if not rest or rest[0] is None:
        return None
    return (Command(rest, (*command.sets, *sets), command.writes, tail=command.tail or command.name == "xargs"),)


def _after_options(command: Command) -> tuple[Word, ...]:
    """The words of the wrapped command; none if there is an option that is not understood."""
    words = command.words[1:]
    match command.name, words:
        case "timeout", (str() as seconds, *rest) if seconds.rstrip("smhd").replace(".", "").isdigit():
            return tuple(rest)
        case "nice", ("-n", str(), *rest):
            return tuple(rest)
        case "xargs", _:
            while words and words[0] in _XARGS_FLAGS:
                words = words[1:]
            if len(words) > 1 and words[0] in ("-n", "-P", "-L") and words[1] and words[1].isdigit():
                words = words[2:]
    first = words[0] if words else None
    return () if first is None or first.startswith("-") or command.name == "timeout" else words


def _leading_sets(words: tuple[Word, ...]) -> tuple[tuple[str, ...], tuple[Word, ...]]:
    """`X=1 Y=2 command …`, as env takes it."""
    sets = []
    while words and words[0] and "=" in words[0]:
        sets.append(words[0].partition("=")[0])
        words = words[1:]
    return tuple(sets), words


def _of_find(command: Command) -> tuple[Command, ...]:
    """find itself without its -exec parts, and what these run."""
    own: list[Word] = []
    found: list[Command] = []
    words = list(command.words)
    while words:
        word = words.pop(0)
        if word not in _FIND_RUNS:
            own.append(word)
            continue
        run: list[Word] = []
        while words and words[0] not in (";", "+"):
            run.append(words.pop(0))
        if not words or not run or run[0] is None:
            raise Unreadable("what find would run cannot be told apart")
        words.pop(0)
        found.append(Command(tuple(None if part == "{}" else part for part in run), writes=command.writes))
    return (replace(command, words=tuple(own)), *found)
