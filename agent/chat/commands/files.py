"""/diff /apply: the agent's changes, and your files."""

import shlex
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.painting.diff import diff_lines
from agent.chat.panel import ListPanel, Option
from agent.errors import UsageError
from agent.export.visible import visible
from agent.export.words import plural

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from agent.conversation.words import Keep

NOTHING = "the agent has changed nothing that you do not have"
KEEP: tuple[tuple["Keep", str, str], ...] = (
    ("agent", "a", "the agent's"),
    ("mine", "m", "mine"),
    ("both", "b", "both, with markers between"),
)


async def run_diff(chat: "Chat", argument: str) -> None:
    files = opened(chat).files
    if argument:
        changes = [change for change in await files.changes() if change.path == argument]
        if not changes:
            raise UsageError(f"{argument} has no changes. /diff shows which files have.")
        parts = [change.diff.head + b"".join(hunk.text for hunk in change.diff.hunks) for change in changes]
        diff = b"".join(parts)
    else:
        diff = await files.diff()
    if not diff:
        chat.note(NOTHING)
        return
    text = chat.screen.ansi().draw("", *diff_lines(diff.decode("utf-8", "replace")), wide=True)
    await chat.show_fitting(text)


async def run_apply(chat: "Chat", argument: str) -> None:
    """`/apply`, `/apply src/a.py docs`, `/apply src/a.py:1,3` (of its hunks the first and third)."""
    files = opened(chat).files
    paths, hunks = chosen_of(argument)
    applied = await files.apply(paths, hunks=hunks)
    told(chat, applied.paths)
    for path, why in applied.conflicts.items():
        keep = await kept(chat, path, why)
        if keep is None:
            chat.note(f"{path} waits: {why}", "yellow")
            continue
        told(chat, (await files.apply([path], keep={path: keep})).paths)
    if not applied.paths and not applied.conflicts:
        chat.note(NOTHING)


def told(chat: "Chat", paths: tuple[str, ...]) -> None:
    if paths:
        chat.note(f"applied {plural(len(paths), 'file')}: {', '.join(paths)}", "green")


async def kept(chat: "Chat", path: str, why: str) -> "Keep | None":
    options = [Option(label, key) for _, key, label in KEEP]
    chosen = await chat.screen.choose(ListPanel(visible(f"{path}: {why}. Whose version counts?"), options))
    return KEEP[chosen][0] if chosen is not None else None


def chosen_of(argument: str) -> tuple[list[str], dict[str, list[int]]]:
    """Paths, and paths with the numbers of their hunks. Raises UsageError."""
    try:
        words = shlex.split(argument)
    except ValueError as error:
        raise UsageError(f"/apply {argument}: {error}.") from error
    paths: list[str] = []
    hunks: dict[str, list[int]] = {}
    for word in words:
        path, colon, numbers = word.rpartition(":")
        if colon and numbers.replace(",", "").isdigit():
            hunks[path] = [int(number) for number in numbers.split(",") if number]
        else:
            paths.append(word)
    return paths, hunks


COMMANDS = (
    SlashCommand("diff", "what the agent changed and you do not have yet", run_diff, "[path]"),
    SlashCommand(
        "apply", "bring the agent's changes into your files", run_apply, "[path | path:hunk,hunk …]", waits=True
    ),
)
