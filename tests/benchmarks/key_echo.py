"""How long a key takes to stand in the input line of the chat, idle and while an answer streams in."""

import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from options import Options
from result import Figure, Result, Target

if TYPE_CHECKING:
    from chats import Desk
    from terminal import Terminal

TESTS = Path(__file__).parents[1]
KEYS = 120
ANSWER = " ".join(str(number) for number in range(9000))
"""Without a letter: what comes back with a letter in it is the key."""


def echo_ms(terminal: "Terminal", letter: str) -> float:
    terminal.read(0.02)
    before = len(terminal.raw)
    began = time.monotonic()
    terminal.type(letter)
    while letter.encode() not in text_of(bytes(terminal.raw[before:])):
        if time.monotonic() - began > 10:
            raise TimeoutError(f"no echo of {letter} in 10 s")
        terminal.read(0.002)
    return (time.monotonic() - began) * 1000


def text_of(raw: bytes) -> bytes:
    """Without escape sequences, which have letters too."""
    return re.sub(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[78])", b"", raw)


def all_of(terminal: "Terminal") -> list[float]:
    took = [echo_ms(terminal, "qxzjv"[number % 5]) for number in range(KEYS)]
    terminal.type("\x15")  # empties the line
    return took


def start_s(desk: "Desk") -> float:
    began = time.monotonic()
    with desk.chat() as terminal:
        terminal.wait_for("auto")
        return time.monotonic() - began


def measure(_options: Options) -> Result:
    sys.path[:0] = [str(TESTS), str(TESTS / "chat")]  # the same terminal and server as in the tests

    from chats import FILES, READY, Desk
    from model_server import ModelServer, Reply

    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        desk = Desk.made(Path(folder), FILES, server.url)
        starts = [start_s(desk) for _ in range(5)]
        server.will(Reply(content=ANSWER, chunk=4, delay_s=0.005))
        with desk.chat() as terminal:
            terminal.wait_for(READY)
            terminal.settle()
            idle = all_of(terminal)
            terminal.settle()
            terminal.type("1\r")
            terminal.wait_for("100 101")
            busy = all_of(terminal)
    median = statistics.median(busy)
    prompt = statistics.median(starts)
    return Result(
        benchmark="The chat's input line",
        what="From the key to its letter on the screen, in a pseudo-terminal of 80 columns; streaming is a server "
        "that sends 200 pieces of four characters a second. The prompt: from the command to the status line, "
        "before sandbox and model are ready. Medians; the 95th percentile beside it.",
        figures=(
            Figure("echo, idle", statistics.median(idle), "ms", KEYS),
            Figure("echo, streaming", median, "ms", KEYS),
            Figure("echo, streaming, 95 of 100", sorted(busy)[int(KEYS * 0.95)], "ms", KEYS),
            Figure("the prompt appears", prompt * 1000, "ms", len(starts)),
        ),
        targets=(
            Target("a key is echoed within 30 ms while an answer streams in", median < 30),
            Target("the prompt is there within half a second", prompt < 0.5),
        ),
    )
