"""The chat in a real tmux, which breaks lines anew when it is resized: nothing is left of the live region, and
what is finished stands in the scrollback once."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from chats import PROMPT, READY, Desk
from model_server import Call, ModelServer, Reply
from tmux import Tmux

Open = Callable[[int, int], Tmux]
WORDS = " ".join(f"word{number}" for number in range(400))
FINISHED = ("▌ begin", "from it", "A title", "the first point", "value = 1", "The end.")


@pytest.fixture
def chat(desk: Desk, tmp_path: Path) -> Iterator[Open]:
    """Opens the chat in a tmux of so many columns and rows."""
    with ExitStack() as opened:

        def open_chat(columns: int, rows: int) -> Tmux:
            variables = desk.environment({})
            del variables["XTERM_VERSION"]
            socket = tmp_path / "tmux"
            made = Tmux(
                desk.command(), variables, folder=desk.repository, socket=socket, columns=columns, rows=rows
            )
            tmux = opened.enter_context(made)
            tmux.wait_for(READY)
            return tmux

        yield open_chat


def assert_one_region(tmux: Tmux, typed: str = "") -> None:
    """Its three rows stand on the last of the screen that are used, and nowhere else."""
    shown, said = tmux.text().splitlines(), tmux.scrollback()
    rule, line, status = shown[-3:]
    assert set(rule) == {"─"}
    assert line == f"{PROMPT} {typed}".rstrip()
    assert status.startswith("auto")
    counted = (len(re.findall(pattern, said, re.MULTILINE)) for pattern in ("^─{20,}", f"^{PROMPT}", "^auto ·"))
    assert list(counted) == [1, 1, 1], said


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 24), (300, 50)])
def test_a_turn_at_any_width(columns: int, rows: int, chat: Open, server: ModelServer) -> None:
    command = "seq 30; echo from it"
    answer = "# A title\n\n- the first point\n\n```python\nvalue = 1\n```\n\nThe end.\n"
    server.will(
        Reply(reasoning="Hm. " * 200, calls=(Call("bash", {"command": command}),)),
        Reply(content=answer, delay_s=0.02),
    )
    tmux = chat(columns, rows)
    tmux.type("begin\r")
    tmux.wait_for("The end.")
    tmux.type("and 漢字 too")
    tmux.settle()
    said = tmux.scrollback()
    assert [said.count(words) for words in FINISHED] == [1, 2, 1, 1, 1, 1], said
    assert_one_region(tmux, "and 漢字 too")


@pytest.mark.parametrize("sizes", [((46, 24), (100, 24), (80, 24)), ((70, 15), (120, 40))])
def test_a_resize_in_mid_stream(sizes: tuple[tuple[int, int], ...], chat: Open, server: ModelServer) -> None:
    server.will(Reply(content=f"{WORDS}\n\nThe end.\n", chunk=4, delay_s=0.007))
    tmux = chat(80, 24)
    tmux.type("begin\r")
    tmux.wait_for("word30")
    for columns, rows in sizes:
        tmux.resize(columns, rows)
        tmux.type("x")
        time.sleep(0.9)  # it is drawn anew before the next
    assert "The end." not in tmux.scrollback(), "it was not in mid-stream"
    tmux.wait_for("The end.", anywhere=True)
    tmux.settle()
    said = tmux.scrollback()
    assert re.findall(r"word\d+", said) == WORDS.split(), said
    assert_one_region(tmux, "x" * len(sizes))


def test_a_window_that_is_drawn_smaller_and_larger_while_nothing_goes_on(chat: Open, server: ModelServer) -> None:
    server.will(Reply(content=f"{WORDS}\n\nThe end.\n"))
    tmux = chat(80, 24)
    tmux.type("begin\r")
    tmux.wait_for("The end.")
    tmux.settle()
    for columns in (*range(80, 50, -3), *range(50, 110, 3)):
        tmux.resize(columns, 24)
        time.sleep(0.02)
    tmux.settle()
    assert re.findall(r"word\d+", tmux.scrollback()) == WORDS.split()
    assert_one_region(tmux)
