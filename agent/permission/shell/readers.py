"""Commands that are known to only read. Whatever is not known here is taken to change something."""

import re
from collections.abc import Callable

from agent.permission.shell.script import Command, Word

Check = Callable[[tuple[Word, ...]], bool]
"""Whether a command with these arguments, all of which are known, only reads."""

SAFE_VARIABLES = re.compile(r"LANG|LC_\w+|TZ|TERM|COLUMNS|NO_COLOR|CI|FORCE_COLOR")
"""What may be set for a command without making it another one."""

ANYHOW = frozenset(
    {
        *(":", "true", "false", "echo", "pwd", "cd", "sleep", "seq", "expr"),
        *("ls", "cat", "head", "tail", "wc", "nl", "tac", "rev", "cut", "tr", "paste", "join", "comm", "fold"),
        *("grep", "egrep", "fgrep", "stat", "basename", "dirname", "realpath", "readlink", "cmp", "diff"),
        *("md5sum", "sha1sum", "sha256sum", "sha512sum", "cksum", "od", "hexdump", "strings", "du", "df"),
        *("which", "type", "whoami", "id", "uname", "nproc", "uptime", "free", "ps", "printenv", "groups", "jq"),
    }
)
"""Those that only read whatever their arguments are, and so also with arguments that nobody knows yet."""


def only_reads(command: Command) -> bool:
    """Whether this command changes nothing but what is on the screen."""
    if command.writes or not all(SAFE_VARIABLES.fullmatch(name) for name in command.sets):
        return False
    if command.name in ANYHOW:
        return True
    if command.name == "printf":
        return not command.tail and _printf(command.arguments)
    check = _CHECKS.get(command.name)
    if check is None or command.tail or None in command.arguments:
        return False
    return check(command.arguments)


def _has(arguments: tuple[Word, ...], *short: str, long: tuple[str, ...] = ()) -> bool:
    """Whether an option is among the arguments: a short one also in a bundle, a long one also cut short."""
    for argument in arguments:
        if not argument or not argument.startswith("-"):
            continue
        if argument.startswith("--"):
            name = argument.partition("=")[0]
            if len(name) > 2 and any(option.startswith(name) or name.startswith(option) for option in long):
                return True
        elif any(option[1:] in argument[1:] for option in short):
            return True
    return False


def _without(*short: str, long: tuple[str, ...] = ()) -> Check:
    return lambda arguments: not _has(arguments, *short, long=long)


def _only(pattern: str) -> Check:
    whole = re.compile(pattern)
    return lambda arguments: all(whole.fullmatch(argument or "") for argument in arguments)


def _printf(arguments: tuple[Word, ...]) -> bool:
    """With -v it sets a variable, and an index in its name is a formula that can run commands."""
    return bool(arguments) and arguments[0] is not None and not arguments[0].startswith("-")


def _find(arguments: tuple[Word, ...]) -> bool:
    return not any((word or "").startswith(("-ok", "-exec", "-delete", "-fprint", "-fls")) for word in arguments)


_SED_SCRIPT = re.compile(r"(\d+|\$)(,(\d+|\$|\+\d+))?p(;(\d+|\$)(,(\d+|\$|\+\d+))?p)*|/[\w .:-]+/p")


def _sed(arguments: tuple[Word, ...]) -> bool:
    """Printing lines, by number or by a plain pattern: sed's language can also write and run."""
    options = [argument for argument in arguments if argument and argument.startswith("-")]
    rest = [argument for argument in arguments if argument and not argument.startswith("-")]
    return set(options) == {"-n"} and bool(rest) and bool(_SED_SCRIPT.fullmatch(rest[0]))


def _uniq(arguments: tuple[Word, ...]) -> bool:
    return sum(not (argument or "").startswith("-") for argument in arguments) <= 1  # a second one is written


_GIT_READS = frozenset(
    {
        *("status", "log", "show", "diff", "blame", "grep", "ls-files", "ls-tree", "rev-parse", "rev-list"),
        *("describe", "shortlog", "cat-file", "merge-base", "name-rev", "count-objects", "show-ref"),
    }
)
_GIT_LISTS = {
    "branch": re.compile(r"-a|-r|-v|-vv|--all|--list|--show-current"),
    "tag": re.compile(r"-l|--list|-n\d*"),
    "remote": re.compile(r"-v|--verbose"),
    "stash": re.compile(r"list"),
    "worktree": re.compile(r"list"),
}
_GIT_OUT = ("--output", "--open-files-in-pager", "--ext-diff", "--textconv", "--exec", "--filters", "--contents")


def _git(arguments: tuple[Word, ...]) -> bool:
    words = [argument or "" for argument in arguments]
    while words and words[0] in ("--no-pager", "-P", "-C"):
        words = words[2:] if words[0] == "-C" else words[1:]
    if not words:
        return False
    verb, rest = words[0], words[1:]
    if verb in _GIT_LISTS:
        needed = bool(rest) or verb in ("branch", "tag", "remote")
        return needed and all(_GIT_LISTS[verb].fullmatch(word) for word in rest)
    opens_pager = verb == "grep" and _has(tuple(rest), "-O")
    return verb in _GIT_READS and not opens_pager and not _has(tuple(rest), long=_GIT_OUT)


def _version(arguments: tuple[Word, ...]) -> bool:
    return arguments in (("--version",), ("-V",), ("version",))


_CHECKS: dict[str, Check] = {
    "find": _find,
    "sed": _sed,
    "git": _git,
    "uniq": _uniq,
    "sort": _without("-o", "-T", long=("--output", "--compress-program", "--temporary-directory")),
    "rg": _without(long=("--pre", "--hostname-bin", "--search-zip")),
    "tree": _without("-o", "-R", long=("--output",)),
    "file": _without("-C", long=("--compile",)),
    "date": _only(r"\+.*|-[uRI]|--utc|--iso-8601.*|--rfc-\d+.*"),  # a bare word sets the clock
    "test": _without("-v", "-R"),  # these evaluate an index, which can run commands
    "env": lambda arguments: not arguments,
    "command": lambda arguments: arguments[:1] in (("-v",), ("-V",)),
    "read": _only(r"-r|[a-z_][a-z0-9_]*"),
    "column": lambda _: True,
    "python": _version,
    "python3": _version,
    "node": _version,
    "go": _version,
    "cargo": _version,
    "rustc": _version,
    "gcc": _version,
    "npm": _version,
    "make": _version,
}
