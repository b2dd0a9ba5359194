"""How soon the chat's prompt is there, and how long a key takes to stand in it."""

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from options import Options
from result import Figure, Result, Target

if TYPE_CHECKING:
    from terminal import Terminal

KEYS = 120
STARTS = 9
ANSWER = " ".join(str(number) for number in range(9000))
"""Without a letter: what comes back with a letter in it is the key."""
CONFIGURATION = """
[model]
base_url = "{url}"
[sandbox]
backend = "local"
[permission]
mode = "auto"
"""


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


def start_ms(chat: "Callable[[], Terminal]", words: str) -> float:
    began = time.monotonic()
    with chat() as terminal:
        terminal.look_away()
        while words.encode() not in terminal.raw:
            terminal.read(0.002)
            if time.monotonic() - began > 40:
                raise TimeoutError("no prompt in 40 s")
        return (time.monotonic() - began) * 1000


def measure(_options: Options) -> Result:
    from at_a_desk import FILES, READY, Desk, ModelServer, Reply

    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        desk = Desk.made(Path(folder), FILES, server.url)
        desk.configure(CONFIGURATION.format(url=server.url))
        prompt = f" {desk.repository.name}"
        starts = [start_ms(desk.bare_chat, prompt) for _ in range(STARTS)]
        with_options = [start_ms(desk.chat, prompt) for _ in range(STARTS)]
        server.will(Reply(content=ANSWER, chunk=4, delay_s=0.005))
        with desk.chat() as terminal:
            terminal.wait_for(READY)
            terminal.settle()
            terminal.look_away()
            idle = all_of(terminal)
            terminal.settle()
            terminal.type("1\r")
            terminal.wait_unwatched("100 101")
            busy = all_of(terminal)
    median, start = statistics.median(busy), statistics.median(starts)
    return Result(
        benchmark="The chat's input line",
        what="From the key to its letter on the screen, in a pseudo-terminal of 80 columns; streaming is a server "
        "that sends 200 pieces of four characters a second. The prompt: from the command to the status line, "
        "before sandbox and model are ready. Medians; the 95th percentile beside it.",
        figures=(
            Figure("echo, idle", statistics.median(idle), "ms", KEYS),
            Figure("echo, streaming", median, "ms", KEYS),
            Figure("echo, streaming, 95 of 100", sorted(busy)[int(KEYS * 0.95)], "ms", KEYS),
            Figure("`mimosa`: the prompt appears", start, "ms", STARTS),
            Figure("`mimosa` with options", statistics.median(with_options), "ms", STARTS),
        ),
        targets=(
            Target("a key is echoed within 30 ms while an answer streams in", median < 30),
            Target("the prompt is there within half a second", start < 500),
        ),
    )
