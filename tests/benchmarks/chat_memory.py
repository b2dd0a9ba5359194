"""What the chat holds in memory over an answer of 5,000 lines, and over the traffic of a long session."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from options import Options
from result import Figure, Result, Target

if TYPE_CHECKING:
    from at_a_desk import Reply, Terminal

LINES = 5000
STEPS = 480
"""Requests of a two-hour session in which the model takes 15 seconds for each."""
WARM = 80
"""Steps after which everything has been imported and every cache has been filled once."""
PROSE = "\n\n".join(
    f"In step {number} the **test** of `stats.middle` was looked at, and what it expects of an even count.\n\n"
    f"```python\nassert middle([1, 2, 3, {number}]) == {number}\n```"
    for number in range(4)
)
THOUGHTS = " ".join(random.Random(4).choices(PROSE.split(), k=560))
"""Without order: thinking that repeats itself is cut off."""


def measure(_options: Options) -> Result:
    from at_a_desk import FILES, READY, Desk, ModelServer

    # Room for all of it: summing up would take a reply that is meant for something else.
    with tempfile.TemporaryDirectory() as folder, ModelServer(context_length=1_000_000) as server:
        desk = Desk.made(Path(folder), FILES, server.url)
        with desk.chat() as terminal:
            terminal.wait_for(READY)
            terminal.look_away()
            before, after, peak = long_answer(terminal, server.will)
        with desk.chat() as terminal:
            terminal.wait_for(READY)
            terminal.look_away()
            held = long_session(terminal, server.will)
    grown = held[-1] - held[0]
    return Result(
        benchmark="memory of the chat",
        what=f"Resident size of the chat's process. An answer of {LINES:,} lines of code, as fast as it is taken. "
        f"Then the traffic of two hours at 15 seconds a request, without the waiting: {STEPS} requests, "
        "every other one a shell command with 60 lines of output, the others an answer of prose and code, each "
        f"after 3,000 characters of thinking; from request {WARM} to the last. The messages themselves, which the "
        "session keeps, are a part of it.",
        figures=(
            Figure("before the long answer", before, "MB", 1),
            Figure("after it", after, "MB", 1),
            Figure("at most meanwhile", peak, "MB", 1),
            Figure(f"session, after {WARM} requests", held[0], "MB", 1),
            Figure(f"session, after {STEPS // 2} requests", held[1], "MB", 1),
            Figure(f"session, after {STEPS} requests", held[2], "MB", 1),
        ),
        targets=(
            Target("a long answer adds less than 20 MB", peak - before < 20),
            Target("two hours add less than 20 MB", grown < 20),
        ),
    )


def long_answer(terminal: "Terminal", will: "Callable[..., None]") -> tuple[float, float, float]:
    """MB before it, after it, and at most."""
    from at_a_desk import Reply

    turn(terminal, will, Reply(content="Ready."), "one")
    before = resident_mb(terminal.pid)
    code = "\n".join(f"value_{number} = {number}  # a line like many" for number in range(LINES))
    turn(terminal, will, Reply(content=f"```python\n{code}\n```", chunk=200), "two")
    return before, resident_mb(terminal.pid), resident_mb(terminal.pid, "VmHWM")


def long_session(terminal: "Terminal", will: "Callable[..., None]") -> list[float]:
    """MB after WARM steps, after half of all, and after all."""
    from at_a_desk import Call, Reply

    held = []
    for number in range(1, STEPS // 2 + 1):
        command = f"for n in $(seq 60); do echo line $n of {number}; done; echo {number} > notes.txt"
        call = Call("bash", {"command": command})
        turn(terminal, will, Reply(reasoning=THOUGHTS, calls=(call,)), f"do number {number}", Reply(content=PROSE))
        if 2 * number in (WARM, STEPS // 2, STEPS):
            held.append(resident_mb(terminal.pid))
    return held


def turn(terminal: "Terminal", will: "Callable[..., None]", first: "Reply", words: str, *more: "Reply") -> None:
    """Say `words`, and wait until the last of the replies is on the screen."""
    from dataclasses import replace

    *before, last = first, *more
    end = f"That was {words}."
    will(*before, replace(last, content=f"{last.content}\n\n{end}"))
    terminal.type(f"{words}\r")
    terminal.wait_unwatched(end, 120)
    terminal.settle(0.15)


def resident_mb(pid: int, kind: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1024
