"""/help /approve /thinking /clear /quit: how the chat itself behaves."""

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.commands.words import two_columns
from agent.chat.style import MARK
from agent.errors import UsageError
from agent.permission.base import MODES

if TYPE_CHECKING:
    from agent.chat.chat import Chat

KEYS = (
    ("Enter", "send; while the agent works: wait in the queue"),
    ("Ctrl-S", "send now: the model reads it at its next step"),
    ("Esc, Ctrl-C", "interrupt the running command and the turn"),
    ("Alt-Enter, Ctrl-J", "a new line; a \\ at the end of a line does the same"),
    ("↑", "take back a waiting message; earlier messages"),
    ("Ctrl-R", "search in earlier messages"),
    ("@", "name a file"),
    ("!command", "run a command in the sandbox yourself"),
    ("Ctrl-G", "write the message in $EDITOR"),
    ("Ctrl-O", "the model's last thinking, whole"),
    ("Shift-Tab", "the next mode: read-only, ask, auto"),
    ("Ctrl-D twice", "leave"),
)

FORGET = "forget"
MEANING = {
    "read-only": "nothing is changed",
    "ask": "what changes files or reaches out is asked for",
    "auto": "inside the sandbox everything goes; only what leaves it is asked for",
}


async def run_help(chat: "Chat", argument: str) -> None:
    if argument:
        command = chat.registry.find(argument.removeprefix("/"))
        chat.say(Text.assemble((f"/{command.name} {command.usage}".rstrip(), "bold"), f"  {command.summary}"))
        return
    chat.show(
        two_columns((f"/{found.name} {found.usage}".rstrip(), found.summary) for found in chat.registry.sorted())
    )
    chat.show(two_columns(KEYS))


async def run_approve(chat: "Chat", argument: str) -> None:
    if not argument:
        shown = ((f"{MARK if mode == chat.talk.mode else ' '} {mode}", MEANING[mode]) for mode in MODES)
        chat.show(two_columns(shown))
        chat.tell_allowed()
        return
    if argument == FORGET:
        opened(chat).forget_allowed()
        chat.note("what you allowed for this session is asked for again")
        return
    for mode in MODES:
        if mode == argument:
            chat.talk.mode = mode
            chat.note(f"{mode}: {MEANING[mode]}")
            return
    raise UsageError(f"There is no mode {argument}: it is one of {', '.join(MODES)}; or {FORGET}.")


async def run_thinking(chat: "Chat", argument: str) -> None:
    if argument not in ("", "whole", "folded"):
        raise UsageError("/thinking whole prints all of it, /thinking folded one line; Ctrl-O opens the last one.")
    whole = not chat.painter.whole_thinking if not argument else argument == "whole"
    chat.painter.whole_thinking = whole
    chat.note(f"thinking is {'printed whole' if whole else 'folded; Ctrl-O opens the last one'}")


async def run_clear(chat: "Chat", _argument: str) -> None:
    await chat.change(replace(chat.talk.opening, session="", fork=False, events=None))
    chat.note("a new session; /resume goes back to the other")


async def run_quit(chat: "Chat", _argument: str) -> None:
    chat.quit()


COMMANDS = (
    SlashCommand(
        "help",
        "what can be typed, and the keys",
        run_help,
        "[command]",
        lambda chat: chat.registry.summaries.items(),
    ),
    SlashCommand(
        "approve",
        "the mode: what goes without asking",
        run_approve,
        f"[mode|{FORGET}]",
        lambda _chat: {**MEANING, FORGET: "what was allowed for this session is asked for again"}.items(),
    ),
    SlashCommand(
        "thinking",
        "print the model's thinking whole, or folded",
        run_thinking,
        "[whole|folded]",
        lambda _chat: (("whole", "all of it"), ("folded", "one line")),
    ),
    SlashCommand("clear", "a new session; the old one is kept", run_clear, waits=True),
    SlashCommand("quit", "leave", run_quit),
)
