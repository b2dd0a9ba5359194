"""/show /status: look at what there is."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand
from agent.chat.commands.words import two_columns
from agent.chat.painting.calls import call_words
from agent.chat.painting.painter import shown_result
from agent.errors import UsageError
from agent.export.words import count, duration, first_line

if TYPE_CHECKING:
    from agent.chat.chat import Chat


async def run_show(chat: "Chat", argument: str) -> None:
    """`/show` is the last call, `/show 2` the one before it."""
    results = chat.painter.results
    if not results:
        chat.note("there is no output yet")
        return
    if argument and not (argument.isdigit() and 0 < int(argument) <= len(results)):
        raise UsageError(f"/show takes a number from 1, the newest call, to {len(results)}.")
    event = results[-int(argument or 1)]
    await chat.show_long(chat.screen.ansi().draw(*shown_result(event), wide=True))


def newest_calls(chat: "Chat") -> Iterable[tuple[str, str]]:
    for number, event in enumerate(reversed(chat.painter.results), start=1):
        said = call_words(event.call)
        yield str(number), first_line(f"{said.sign} {said.words}", 60)


async def run_status(chat: "Chat", _argument: str) -> None:
    conversation = chat.conversation
    if conversation is None:
        chat.note("the session is not open yet")
        return
    standing = conversation.standing
    chat.show(
        two_columns(
            (
                ("session", standing.session),
                ("code", f"{chat.talk.repository} ({conversation.opened.place.snapshot.describe()})"),
                ("sandbox", standing.sandbox),
                ("setup", conversation.opened.place.why),
                ("model", f"{standing.model}, profile {standing.profile}"),
                ("mode", standing.mode),
                ("context", f"{count(standing.tokens)} of {count(standing.context_length)} tokens"),
                ("waited", f"{duration(standing.model_seconds)} for the model"),
            )
        )
    )


COMMANDS = (
    SlashCommand("show", "a call's whole output, in the pager", run_show, "[number]", newest_calls),
    SlashCommand("status", "where this session stands", run_status),
)
