"""Keys that come while completions are looked for: none of them is lost."""

import asyncio
from collections.abc import Callable

import pytest
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.layout import BufferControl, Layout, Window
from prompt_toolkit.output import DummyOutput

from agent.chat.composer.keys import keys_of
from agent.chat.composer.pastes import Pastes


class Heard:
    """Actions that note what was asked of them; one message waits, and something goes on."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def recall(self) -> str:
        self.asked.append("recall")
        return "five"

    def interrupt(self) -> bool:
        self.asked.append("interrupt")
        return True


async def happens(what: Callable[[], bool], tries: int = 100) -> None:
    """Wait up to a second for it: not everything asked for here does."""
    for _ in range(tries):
        if what():
            return
        await asyncio.sleep(0.01)


async def pressed(key: str, completions: CompletionState, typed: str = "") -> tuple[Heard, Buffer]:
    """What `key` came to in a chat in which "said before" was said and `typed` stands."""
    heard, buffer = Heard(), Buffer(history=InMemoryHistory(["said before"]))
    buffer.text = typed
    buffer.complete_state = completions
    keys = keys_of(buffer, heard, Pastes())  # type: ignore[arg-type]  # these keys ask for no more of them
    with create_pipe_input() as keyboard, create_app_session(keyboard, DummyOutput()):
        app: Application[None] = Application(
            Layout(Window(BufferControl(buffer))), key_bindings=keys, input=keyboard, output=DummyOutput()
        )
        app.ttimeoutlen = app.timeoutlen = 0.01  # an Esc alone is one at once
        running = asyncio.create_task(app.run_async())
        await happens(lambda: len(buffer._working_lines) > 1)  # the history is read
        keyboard.send_text(key)
        await happens(lambda: bool(heard.asked) or buffer.text != typed)
        app.exit()
        await running
    return heard, buffer


@pytest.mark.parametrize(("key", "asks"), [("\x1b[A", "recall"), ("\x1b", "interrupt")])
def test_no_key_is_lost_while_completions_are_looked_for(key: str, asks: str) -> None:
    heard, _ = asyncio.run(pressed(key, CompletionState(Document(""))))
    assert heard.asked == [asks]


def test_the_history_is_there_while_completions_are_looked_for() -> None:
    _, buffer = asyncio.run(pressed("\x1b[A", CompletionState(Document("x")), typed="x"))
    assert buffer.text == "said before"


@pytest.mark.parametrize("key", ["\x1b[A", "\x1b"])
def test_keys_belong_to_completions_that_are_offered(key: str) -> None:
    offered = CompletionState(Document(""), [Completion("/help"), Completion("/undo")])
    heard, _ = asyncio.run(pressed(key, offered))
    assert heard.asked == []
