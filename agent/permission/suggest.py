"""Which rules a person is offered: wide enough to spare the next question, narrow enough to mean this one."""

from collections.abc import Sequence

from agent.permission.rules import EXACTLY
from agent.permission.shell.script import Command

_RUN_ANYTHING = frozenset(
    {
        *("python", "python3", "node", "deno", "bun", "perl", "ruby", "php", "bash", "sh", "dash", "zsh"),
        *("sudo", "su", "doas", "env", "xargs", "find", "eval", "exec", "source", ".", "ssh", "docker", "npx"),
    }
)
"""After their name alone anything may follow, so that is never offered."""
_TAKE_A_SCRIPT = frozenset({"python", "python3", "node", "bash", "sh"})
_HAVE_VERBS = frozenset(
    {
        *("git", "npm", "pnpm", "yarn", "cargo", "go", "pip", "pip3", "uv", "poetry", "make", "dotnet", "kubectl"),
        *("apt", "apt-get", "gh", "tox", "nox", "hatch", "pdm", "just", "mvn", "gradle"),
    }
)


def for_commands(text: str, asking: Sequence[Command]) -> tuple[str, ...]:
    """Rules for a line of shell of which the `asking` commands are not known to only read; the narrowest
    first."""
    exactly = f"{EXACTLY}{text.strip()}"
    if len(asking) != 1 or asking[0].writes or asking[0].tail or asking[0].sets or None in asking[0].words:
        return (exactly,)
    words = [word or "" for word in asking[0].words]
    if any(set(word) & set("*?[ \t\n") or not word for word in words):
        return (exactly,)
    return (" ".join(words), *_wider(words))


def _wider(words: list[str]) -> tuple[str, ...]:
    name = words[0]
    if name in _RUN_ANYTHING:
        if words[1:2] == ["-m"] and len(words) > 2:
            return (f"{' '.join(words[:3])} *",)
        script = name in _TAKE_A_SCRIPT and len(words) > 1 and not words[1].startswith("-")
        return (f"{name} {words[1]} *",) if script else ()
    if name in _HAVE_VERBS:
        return (f"{name} {words[1]} *",) if len(words) > 1 and not words[1].startswith("-") else ()
    return (f"{name} *",)
