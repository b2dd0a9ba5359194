"""/resume /fork /sessions /export: this session and the others."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.panel import ListPanel, Option
from agent.conversation.finding import open_here
from agent.errors import SessionError, UsageError
from agent.export.visible import visible
from agent.export.words import first_line, local_moment

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from agent.session_summary import SessionSummary

MOST = 50
SUFFIXES = (".html", ".jsonl")


async def run_resume(chat: "Chat", argument: str) -> None:
    """Without an id, from a list."""
    session = argument or await picked(chat)
    if session:
        folder = chat.talk.store.find(session)
        await chat.change(replace(chat.talk.opening, session=folder.name, fork=False, events=None))


async def picked(chat: "Chat") -> str:
    """A session of this repository, chosen from a list; "" if none was."""
    own = chat.conversation.id if chat.conversation else ""
    found = [
        entry for entry, _ in zip(open_here(chat.talk.store, chat.talk.repository), range(MOST), strict=False)
    ]
    found = [entry for entry in found if entry.id != own]
    if not found:
        chat.note("there is no other session of this repository that could go on")
        return ""
    options = [Option(visible(first_said(entry.folder) or entry.id), meaning=meaning_of(entry)) for entry in found]
    chosen = await chat.screen.choose(ListPanel("Go on with which session?", options))
    return found[chosen].id if chosen is not None else ""


def meaning_of(entry: "SessionSummary") -> str:
    """When it was used last, how it stands, and what it was begun by, if not by a chat."""
    kind = f"mimosa {entry.command}, " if entry.command != "chat" else ""
    return f"{kind}{local_moment(entry.last)}, {entry.state}"


def first_said(folder: Path) -> str:
    """The first line that the user said in a session, "" if nothing was."""
    from agent.events import UserSaid
    from agent.log import read_log

    try:
        for record in read_log(folder):
            if isinstance(record.event, UserSaid) and record.event.by == "user":
                return first_line(record.event.message.content, 60)
    except SessionError:
        return ""
    return ""


async def run_fork(chat: "Chat", _argument: str) -> None:
    copy = opened(chat).timeline.fork()
    await chat.change(replace(chat.talk.opening, session=copy, fork=False, events=None))
    chat.note("this is a copy: the other session stays as it was, and /resume goes back to it")


async def run_sessions(chat: "Chat", _argument: str) -> None:
    from agent.export import list_sessions, sessions_table

    listed = list_sessions(chat.talk.store, MOST)
    ansi = chat.screen.ansi()
    text = ansi.draw(sessions_table(listed, ansi.width), wide=True)
    await chat.show_fitting(text)


async def run_export(chat: "Chat", argument: str) -> None:
    from agent.export import export

    conversation = opened(chat)
    target = target_of(argument or f"mimosa-{conversation.id}.html")
    data = export(conversation.folder, "jsonl" if target.suffix == ".jsonl" else "html")
    try:
        with target.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise SessionError(f"{target} cannot be written: {error.strerror}") from error
    chat.note(f"{target}: {len(data):,} bytes")


def target_of(name: str) -> Path:
    """Where an export goes to. Raises UsageError."""
    target = Path.cwd() / Path(name).expanduser()
    if target.suffix not in SUFFIXES:
        raise UsageError(f"{name}: the name says what is written, so it ends with {' or '.join(SUFFIXES)}.")
    return target


def open_sessions(chat: "Chat") -> Iterable[tuple[str, str]]:
    for entry in islice(open_here(chat.talk.store, chat.talk.repository), MOST):
        yield entry.id, f"{first_said(entry.folder)} ({meaning_of(entry)})"


COMMANDS = (
    SlashCommand("resume", "go on with another session", run_resume, "[id]", open_sessions, waits=True),
    SlashCommand("fork", "go on with a copy of this session", run_fork, waits=True),
    SlashCommand("sessions", "list all sessions", run_sessions),
    SlashCommand("export", "write this session as a page or as JSON lines", run_export, "[file.html|file.jsonl]"),
)
