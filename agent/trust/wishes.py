"""What a repository brings that counts only if it is trusted."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from agent.config.consent import needs_consent
from agent.config.files import entries_of_file, project_file
from agent.config.mcp_json import servers_of_mcp_json
from agent.config.named import Named, named_of_file
from agent.config.named_settings import HookSettings, ServerSettings
from agent.config.origin import Layer

_FOLDERS = (
    ("commands", (".mimosa/commands",)),
    ("agents", (".mimosa/agents",)),
    ("skills", (".mimosa/skills", ".claude/skills", ".agents/skills")),
)
_MOST_SHOWN = 200  # characters of a command


@dataclass(frozen=True)
class Wish:
    """`words` is one line for a person. `identity` is what must not change behind the user's back: for what runs
    on this machine all of it, for texts that the model reads only that there are some."""

    words: str
    identity: str


def wishes_of(repository: Path) -> tuple[Wish, ...]:
    """In order of weight. Raises UsageError where the repository's configuration cannot be read."""
    path = project_file(repository)
    entries = [entry for entry in entries_of_file(path, Layer.PROJECT) if needs_consent(entry)]
    tables = named_of_file(path, Layer.PROJECT)
    servers = (*tables.servers, *servers_of_mcp_json(repository)[0])
    return (
        *(Wish(f"sets {entry.key} = {entry.value}", f"{entry.key}={entry.value}") for entry in entries),
        *(_hook(hook) for hook in tables.hooks),
        *(_server(server) for server in servers if server.settings.enabled),
        *(_texts(repository, kind, folders) for kind, folders in _FOLDERS if _any(repository, folders)),
    )


def digest(wishes: tuple[Wish, ...]) -> str:
    """The same as long as the repository wishes the same."""
    return hashlib.sha256(json.dumps([wish.identity for wish in wishes]).encode()).hexdigest()


def _hook(hook: Named[HookSettings]) -> Wish:
    when = {"before_tool": "before tools run", "after_tool": "after tools ran", "turn_end": "at the end of a turn"}
    words = f"hook {hook.name}: runs on this machine, {when[hook.settings.on]}: {_short(hook.settings.command)}"
    return Wish(words, f"hook {hook.name} {hook.settings.model_dump_json()}")


def _server(server: Named[ServerSettings]) -> Wish:
    settings = server.settings
    how = (
        f"connects to {settings.url}"
        if settings.url
        else f"runs on this machine: {_short(' '.join([settings.command, *settings.args]))}"
    )
    return Wish(f"MCP server {server.name}: {how}", f"server {server.name} {settings.model_dump_json()}")


def _any(repository: Path, folders: tuple[str, ...]) -> bool:
    return any(_names(repository / folder) for folder in folders)


def _texts(repository: Path, kind: str, folders: tuple[str, ...]) -> Wish:
    names = sorted({name for folder in folders for name in _names(repository / folder)})
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return Wish(f"{kind} that the model is given: {shown}", kind)


def _names(folder: Path) -> list[str]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [path.stem for path in folder.iterdir() if not path.name.startswith(".")]


def _short(command: str) -> str:
    one_line = " ".join(command.split())
    return one_line if len(one_line) <= _MOST_SHOWN else one_line[: _MOST_SHOWN - 1] + "…"
