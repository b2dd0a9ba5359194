"""/compact /undo /redo /rewind /checkpoint: the conversation's own time."""

from collections.abc import Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.panel import ListPanel, Option
from agent.export.visible import visible
from agent.export.words import first_line, local_moment

if TYPE_CHECKING:
    from agent.chat.chat import Chat


async def run_compact(chat: "Chat", focus: str) -> None:
    async with aclosing(opened(chat).compact(focus)) as events:
        async for event in events:
            chat.painter.show(event)


async def run_undo(chat: "Chat", _argument: str) -> None:
    """Your last message stands in the input line again, to be said otherwise."""
    point = await opened(chat).timeline.undo()
    chat.note(f"undone: {first_line(point.text)}; files and conversation are as before it. /redo takes it back")
    if not chat.screen.typing:
        chat.screen.buffer.text = point.text
        chat.screen.buffer.cursor_position = len(point.text)


async def run_redo(chat: "Chat", _argument: str) -> None:
    await opened(chat).timeline.redo()
    chat.note("done again")


async def run_rewind(chat: "Chat", argument: str) -> None:
    timeline = opened(chat).timeline
    if argument:
        await timeline.rewind(argument)
        chat.note(f"back at {argument}; /redo takes it back")
        return
    points = timeline.points()
    if not points:
        chat.note("nothing has been said yet")
        return
    options = [
        Option(
            visible(first_line(point.text, 60)),
            meaning=f"{local_moment(point.at)[-5:]}{', checkpoint' if point.named else ''}",
        )
        for point in points
    ]
    chosen = await chat.screen.choose(ListPanel("Back to before which message?", options, len(options) - 1))
    if chosen is None:
        return
    await timeline.rewind(points[chosen].to)
    where = "at the checkpoint" if points[chosen].named else "before"
    chat.note(f"back {where} {first_line(points[chosen].text)!r}; /redo takes it back")


async def run_checkpoint(chat: "Chat", name: str) -> None:
    opened(chat).timeline.mark(name)
    chat.note(f"this moment is called {name!r}; /rewind {name} comes back to it")


def names(chat: "Chat") -> Iterable[tuple[str, str]]:
    if chat.conversation is None:
        return ()
    points = chat.conversation.timeline.points(rewound=True)
    return ((point.text, local_moment(point.at)) for point in points if point.named)


COMMANDS = (
    SlashCommand("compact", "replace the history by a summary", run_compact, "[focus]", waits=True),
    SlashCommand("undo", "take back your last message and what came of it, files too", run_undo, waits=True),
    SlashCommand("redo", "take back the last undo or rewind", run_redo, waits=True),
    SlashCommand("rewind", "go back to an earlier message or checkpoint", run_rewind, "[name]", names, waits=True),
    SlashCommand("checkpoint", "give this moment a name", run_checkpoint, "<name>", waits=True),
)
