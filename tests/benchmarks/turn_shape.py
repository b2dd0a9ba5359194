"""The one shape of turn that every measured loop plays: some thinking, one short command, a page of output."""

REASONING = "The failing assertion compares the parsed value with the expected one, so I look at the parser. " * 4
OUTPUT = "".join(
    f"src/package/module_{n}.py:{n * 17}: in function_{n}: value = convert(text)\n" for n in range(30)
)
TURNS = 512
EARLY = slice(5, 15)
LATE = slice(490, 510)
"""The turns, counted from 0, whose median stands for turn 10 and for turn 500."""


def command(turn: int) -> str:
    return f"sed -n '{turn},{turn + 40}p' src/package/module_{turn}.py"
