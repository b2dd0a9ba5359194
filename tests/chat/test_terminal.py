"""What must never happen to a terminal: garbled, lost keys, colours where none are wanted, left in a mess."""

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from chats import PROMPT, READY, Desk
from model_server import ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]
WORDS = " ".join(f"word{number}" for number in range(400))
COLOUR = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]  # Linux has it


def test_a_resize_in_mid_stream_and_typing_meanwhile(chat: Open, server: ModelServer) -> None:
    server.will(
        Reply(content=f"{WORDS}\n\nThe end.\n", chunk=4, delay_s=0.005),  # 200 pieces a second
        Reply(content="Read."),
    )
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("word3")
    typed = ""
    for number in range(120):
        letter = "abcdefghijklmnopqrstuvwxyz "[number % 27]
        typed += letter
        terminal.type(letter)
        terminal.read(0.01)
        if number in (20, 60, 90):
            terminal.resize({20: 46, 60: 100, 90: 80}[number], 24)
    terminal.wait_for("The end.", anywhere=True)
    terminal.settle()
    lines = terminal.lines()
    start, end = (
        next(number for number, line in enumerate(lines) if line.startswith(mark)) for mark in (PROMPT, "auto")
    )
    assert "".join(line[2:].ljust(78) for line in lines[start:end]).rstrip() == typed
    said = terminal.scrollback()
    assert re.findall(r"word\d+", said) == WORDS.split()
    assert said.count(f"\n{PROMPT} ") == 1 and said.count("auto · ") == 1
    terminal.type("\r")
    terminal.wait_for("Read.")
    assert server.asked[-1].json["messages"][-1]["content"] == typed


def test_no_color_means_none_and_a_lost_server_is_told(chat: Open, server: ModelServer) -> None:
    server.will(Reply(reasoning="Hm.", content="# Title\n\n```python\nx = 1\n```\n\nDone.\n"))
    terminal = chat(variables={"NO_COLOR": "1"})
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("Done.")
    terminal.settle()
    server.will(Reply(content="It breaks in the middle of this.", drop_after=900), Reply(content="Whole again."))
    terminal.type("go on\r")
    terminal.wait_for("asked again", anywhere=True)
    terminal.wait_for("Whole again.")
    terminal.type("/he")
    terminal.wait_for("what can be typed")
    assert not COLOUR.search(bytes(terminal.raw))


def test_killed_and_hung_up(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.will(Reply(content="Answer 1."), Reply(content=WORDS, delay_s=0.05), Reply(content="Answer 3."))
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("first\r")
    terminal.wait_for("Answer 1.")
    terminal.settle()
    terminal.type("second\r")
    terminal.wait_for("word3")
    assert not terminal.is_sane()
    terminal.kill(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while not terminal.is_sane():
        assert time.monotonic() < deadline
        terminal.read(0.05)
    terminal.read(0.3)
    assert terminal.raw.rstrip().endswith(b"\x1b[0m")
    assert b"\x1b[?2004l" in terminal.raw[-80:]

    again = chat("-c")
    again.wait_for("Answer 1.", anywhere=True)
    again.wait_for(READY)
    again.type("third\r")
    again.wait_for("Answer 3.")
    assert len(desk.sessions) == 1
    again.settle()
    assert again.hang_up() in (129, -signal.SIGHUP)

    last = chat("--resume")
    last.wait_for("Go on with which session?")
    last.wait_for("first")
    last.type("\r")
    last.wait_for("Answer 3.", anywhere=True)


def test_a_long_answer_keeps_memory_flat(chat: Open, server: ModelServer) -> None:
    code = "\n".join(f"value_{number} = {number}  # a line like many" for number in range(5000))
    server.will(
        Reply(content=f"```python\n{code[:20_000]}\n```\n\nShort.\n", chunk=6000),
        Reply(content=f"```python\n{code}\n```\n\nLong.\n", chunk=6000),
    )
    terminal = chat(rows=50)
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("Short.")
    terminal.settle()
    before = memory_mb(terminal.pid)
    terminal.type("go on\r")
    said = terminal.wait_unwatched("Long.", seconds=100)
    terminal.settle()
    assert memory_mb(terminal.pid) - before < 25
    assert [number for number in range(5000) if f"value_{number} = {number}" not in said] == []
