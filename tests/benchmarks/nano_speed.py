"""How fast mimosa-nano answers on this machine, with guesses and without."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from options import Options
from result import Figure, Result, Target

from model_runtime.nano.at_hand import SHIPPED

ROUNDS = 5
HERE = Path(__file__).resolve().parent


def measure(_options: Options) -> Result:
    child, session = str(HERE / "nano_child.py"), str(HERE / "nano_session.json")
    words = [sys.executable, child, str(SHIPPED), session, str(ROUNDS)]
    took = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    both, mtp, plain = took["both"], took["mtp"], took["plain"]
    speed, drafted, alone = (side["tokens"] / sum(side["seconds"]) for side in (both, mtp, plain))
    samples = len(both["seconds"])
    return Result(
        benchmark="mimosa-nano",
        what="In a process of its own, the shipped checkpoint: the replies of a "
        "session's turns, greedy, each prompt known from the turn before; the same replies with guesses from the "
        "context and from the MTP layers, from the MTP layers alone, and without any, alternating. Tokens over "
        "seconds, the first pass of a reply left out. Load with the import of NumPy; 2,000 tokens read that were "
        "not known.",
        figures=(
            Figure("tokens a second", speed, "", samples),
            Figure("MTP alone", drafted, "", samples),
            Figure("without guesses", alone, "", samples),
            Figure("ratio", speed / alone, "times", samples),
            Figure("ratio, MTP alone", drafted / alone, "times", samples),
            Figure("acceptance length", both["tokens"] / both["passes"], "", samples),
            Figure("acceptance length, MTP alone", mtp["tokens"] / mtp["passes"], "", samples),
            Figure("load", took["load"] * 1000, "ms", 1),
            Figure("2,000 tokens read", median(took["prefill"]) * 1000, "ms", len(took["prefill"])),
            Figure("memory at most", took["memory_mb"], "MB", 1),
        ),
        targets=(
            Target("150 tokens a second with guesses", speed >= 150),
            Target("twice the speed without", speed >= 2 * alone),
            Target("load under 1 s", took["load"] < 1),
            Target("2,000 tokens under 2 s", median(took["prefill"]) < 2),
            Target("memory under 300 MB", took["memory_mb"] < 300),
        ),
    )
