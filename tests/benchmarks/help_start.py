"""How long `mimosa --help` takes, beside a bare Typer application."""

import os
import sys
from pathlib import Path

from options import Options
from result import Figure, Result, Target
from timing import median_ms, seconds_of

ROUNDS = 41


def measure(_options: Options) -> Result:
    """Both are started the way a console script starts: import, then call main."""
    here = Path(__file__).resolve().parent
    os.environ["PYTHONPATH"] = os.pathsep.join((str(here.parents[1]), str(here)))
    mimosa = help_of("agent.cli")
    bare = help_of("bare_typer")
    seconds_of(mimosa), seconds_of(bare)  # writes the bytecode of both
    ours, theirs = [], []
    for number in range(ROUNDS):
        sides = ((mimosa, ours), (bare, theirs))
        for command, seconds in sides if number % 2 else reversed(sides):
            seconds.append(seconds_of(command))
    ratio = median_ms(ours) / median_ms(theirs)
    return Result(
        benchmark="`mimosa --help`",
        what="Wall time of a process that prints its help, beside a Typer application of two commands under the "
        "same interpreter; the two alternate, bytecode is compiled beforehand. Medians.",
        figures=(
            Figure("mimosa", median_ms(ours), "ms", ROUNDS),
            Figure("bare Typer", median_ms(theirs), "ms", ROUNDS),
            Figure("ratio", ratio, "times", ROUNDS),
        ),
        targets=(Target("under 1.5 times the bare application", ratio < 1.5),),
    )


def help_of(module: str) -> list[str]:
    code = f"import sys; from {module} import main; sys.argv[0] = 'program'; sys.exit(main())"
    return [sys.executable, "-c", code, "--help"]
