"""A session by the clock: what the chat holds in memory and how soon it echoes a key, hour after hour.

    python tests/benchmarks/two_hours.py [--minutes 115] [--sandbox docker|local] [--update] [> FILE]

A line is printed every few minutes, the table at the end. The terminal is read all the time, but not drawn: that
takes the machine little.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from at_a_desk import FILES, READY, Call, Desk, ModelServer, Reply, Terminal
from chat_memory import PROSE, THOUGHTS, resident_mb
from key_echo import echo_ms
from machine import Machine
from report import to_markdown, update
from result import Figure, Result, Target

ROOT = Path(__file__).resolve().parents[2]
PERIOD_S = 25.0
"""From one message of the user to the next."""
LOOK_EVERY = 10
"""Messages from one look at memory and echo to the next: four minutes."""
KEYS = 20
NUMBERS = " ".join(str(number) for number in range(1500))
"""Without a letter: what comes back with a letter in it is the key. 200 pieces a second for eight seconds."""
CODE = "\n".join(f"value_{number} = {number}  # a line like many" for number in range(400))
OUTPUT = "for n in $(seq 60); do echo line $n of {0}; done; echo {0} > notes.txt"


@dataclass(frozen=True)
class Look:
    """Memory in MB, echoes in ms, processor time in seconds, all after so many minutes."""

    minutes: float
    resident: float
    peak: float
    idle: float
    streaming: float
    streaming_95: float
    processor_s: float
    messages: int

    def line(self) -> str:
        return (
            f"{self.minutes:6.1f} min  {self.messages:4d} messages  resident {self.resident:6.1f} MB  "
            f"peak {self.peak:6.1f} MB  echo idle {self.idle:5.1f} ms  streaming {self.streaming:5.1f} ms  "
            f"95 of 100 {self.streaming_95:5.1f} ms  processor {self.processor_s:6.1f} s"
        )


@dataclass
class Sitting:
    """One user at one chat, from the moment it is ready."""

    terminal: Terminal
    server: ModelServer
    began: float
    messages: int = 0

    def message(self, number: int) -> None:
        """Say something, and read until the last word of the answer: a tool call and an answer in prose, prose
        alone, and once in twelve an answer of 400 lines of code."""
        self.messages += 1
        end = f"That was message {number}."
        call = Call("bash", {"command": OUTPUT.format(number)})
        long = f"```python\n{CODE}\n```"
        prose = Reply(reasoning=THOUGHTS, content=f"{long if number % 12 == 0 else PROSE}\n\n{end}", delay_s=0.01)
        with_call = Reply(reasoning=THOUGHTS, calls=(call,), chunk=60, delay_s=0.01)
        self.server.will(*([with_call] if number % 2 else []), prose)
        self.terminal.type(f"do number {number}\r")
        self.terminal.wait_unwatched(end, 180)
        self.terminal.settle(0.3)
        del self.terminal.raw[:]

    def look(self) -> Look:
        """Type into the empty line, then into it while an answer streams in; what is typed is taken back."""
        idle = self.echoes()
        self.server.will(Reply(content=f"{NUMBERS} DONE", chunk=4, delay_s=0.005))
        self.messages += 1
        self.terminal.type("1\r")
        self.terminal.wait_unwatched("50 51", 60)
        streaming = self.echoes()
        self.terminal.wait_unwatched("DONE", 180)
        self.terminal.settle(0.3)
        del self.terminal.raw[:]
        return Look(
            (time.monotonic() - self.began) / 60,
            resident_mb(self.terminal.pid),
            resident_mb(self.terminal.pid, "VmHWM"),
            statistics.median(idle),
            statistics.median(streaming),
            sorted(streaming)[int(KEYS * 0.95)],
            processor_s(self.terminal.pid),
            self.messages,
        )

    def echoes(self) -> list[float]:
        took = [echo_ms(self.terminal, "qxzjv"[number % 5]) for number in range(KEYS)]
        self.terminal.type("\x15")  # empties the line
        return took

    def wait_until(self, moment: float) -> None:
        """Read on meanwhile: the status line may be drawn at any time."""
        while (left := moment - time.monotonic()) > 0:
            self.terminal.read(left)
        del self.terminal.raw[:]


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sit(minutes: float, sandbox: str) -> list[Look]:
    looks = []
    with tempfile.TemporaryDirectory() as folder, ModelServer(context_length=1_000_000) as server:
        desk = Desk.made(Path(folder), FILES, server.url)
        with desk.chat(sandbox=sandbox) as terminal:
            terminal.wait_for(READY, 120)
            terminal.look_away()
            sitting = Sitting(terminal, server, time.monotonic())
            number = 0
            while time.monotonic() - sitting.began < minutes * 60:
                number += 1
                due = sitting.began + number * PERIOD_S
                if number % LOOK_EVERY:
                    sitting.message(number)
                else:
                    looks.append(sitting.look())
                    print(looks[-1].line(), file=sys.stderr, flush=True)
                sitting.wait_until(due)
            terminal.type("/quit\r")
            terminal.wait_exit(60)
    return looks


def result_of(looks: list[Look], sandbox: str) -> Result:
    last = looks[-1]
    warm = next((look for look in looks if look.minutes >= 15), looks[0])
    middle = looks[len(looks) // 2]
    streaming, idle = [look.streaming for look in looks], [look.idle for look in looks]
    third = max(len(looks) // 3, 1)
    keys = KEYS * len(looks)
    most = max(look.resident for look in looks)
    return Result(
        benchmark="a session by the clock",
        what=f"{last.minutes:.0f} minutes of the chat by the clock, {last.messages} messages, one every "
        f"{PERIOD_S:.0f} seconds, sandbox `{sandbox}`: every other one a shell command with 60 lines of output, "
        "one in twelve an answer of 400 lines, each after 3,000 characters of thinking. Every four minutes the "
        f"resident size of the chat's process is read, and {KEYS} keys are typed while nothing happens and {KEYS} "
        f"while 200 pieces a second stream in. Medians of {len(looks)} medians; all at nice {os.nice(0)}.",
        figures=(
            Figure(f"resident, after {warm.minutes:.0f} minutes", warm.resident, "MB", 1),
            Figure(f"resident, after {middle.minutes:.0f} minutes", middle.resident, "MB", 1),
            Figure(f"resident, after {last.minutes:.0f} minutes", last.resident, "MB", 1),
            Figure("at the highest of the looks", most, "MB", len(looks)),
            Figure("at most meanwhile", last.peak, "MB", 1),
            Figure("echo, idle", statistics.median(idle), "ms", keys),
            Figure("echo, streaming", statistics.median(streaming), "ms", keys),
            Figure("echo, streaming, first third", statistics.median(streaming[:third]), "ms", KEYS * third),
            Figure("echo, streaming, last third", statistics.median(streaming[-third:]), "ms", KEYS * third),
            Figure("processor time a minute", last.processor_s / last.minutes, "s", 1),
        ),
        targets=(
            Target(
                "at its end less than 20 MB above the first quarter of an hour", last.resident - warm.resident < 20
            ),
            Target("at no look more than 20 MB above it", most - warm.resident < 20),
            Target("a key is echoed within 30 ms while an answer streams in", statistics.median(streaming) < 30),
        ),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Keep a chat busy by the clock, and measure its memory and echo.")
    parser.add_argument("--minutes", type=float, default=115.0, help="how long (default: 115)")
    parser.add_argument("--sandbox", choices=("docker", "local"), default="docker")
    parser.add_argument("--update", action="store_true", help="write the result into docs/benchmarks.* too")
    given = parser.parse_args()
    machine = Machine.here()
    result = result_of(looks := sit(given.minutes, given.sandbox), given.sandbox)
    command = f"two_hours.py --minutes {given.minutes:g} --sandbox {given.sandbox}"
    if given.update:
        update(ROOT / "docs", machine, [result], command)
    print("\n".join(look.line() for look in looks))
    print(to_markdown({"date": "", "command": command, "machine": vars(machine)}, [result]).partition("\n\n")[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
