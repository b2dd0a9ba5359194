"""What a slash command is."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from agent.conversation.conversation import Conversation

Run = Callable[["Chat", str], Awaitable[None]]
Completer = Callable[["Chat"], Iterable[tuple[str, str]]]
"""Words that can follow the command, each with what it means ("" if that is plain)."""


def nothing(_chat: "Chat") -> Iterable[tuple[str, str]]:
    """The command takes nothing, or nothing that could be listed."""
    return ()


@dataclass(frozen=True)
class SlashCommand:
    """`name` without the slash; `summary` is one line of /help; `usage` shows what follows the name, such as
    `[focus]`. `run` gets what was typed after the name, stripped; an error of Mimosa's own is shown.
    waits: it changes what a turn works with, so while the agent works it is queued."""

    name: str
    summary: str
    run: Run
    usage: str = ""
    completer: Completer = nothing
    waits: bool = False


def opened(chat: "Chat") -> "Conversation":
    """The conversation that is open. Raises UsageError if none is."""
    if chat.conversation is None:
        raise UsageError("The session is not open yet; say something, and it is tried again.")
    return chat.conversation
