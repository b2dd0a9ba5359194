"""How fast mimosa-nano answers on this machine, with and without its MTP layers."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from options import Options
from result import Figure, Result, Target

from model_runtime.nano.at_hand import SHIPPED

ROUNDS = 5
HERE = Path(__file__).resolve().parent


def measure(_options: Options) -> Result:
    """The shipped checkpoint; where there is none, one of its sizes whose drafts are mostly right."""
    with tempfile.TemporaryDirectory() as folder:
        shipped = (SHIPPED / "model.safetensors").is_file()
        checkpoint = SHIPPED if shipped else stand_in(Path(folder) / "nano")
        child, session = str(HERE / "nano_child.py"), str(HERE / "nano_session.json")
        words = [sys.executable, child, str(checkpoint), session, str(ROUNDS)]
        took = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    drafts, plain = took["drafts"], took["plain"]
    speed, alone = (side["tokens"] / sum(side["seconds"]) for side in (drafts, plain))
    samples, acceptance = len(drafts["seconds"]), drafts["tokens"] / drafts["passes"]
    weights = "the shipped checkpoint" if shipped else "random weights with a fixed successor of each token"
    return Result(
        benchmark="mimosa-nano",
        what=f"In a process of its own, {weights}: the replies of a recorded session's turns, greedy, each prompt "
        "known from the turn before; with and without MTP the same replies, alternating. Tokens over seconds, the "
        "first pass of a reply left out. Load with the import of NumPy; 2,000 tokens read that were not known.",
        figures=(
            Figure("tokens a second", speed, "", samples),
            Figure("without MTP", alone, "", samples),
            Figure("ratio", speed / alone, "times", samples),
            Figure("acceptance length", acceptance, "", samples),
            Figure("load", took["load"] * 1000, "ms", 1),
            Figure("2,000 tokens read", median(took["prefill"]) * 1000, "ms", len(took["prefill"])),
            Figure("memory at most", took["memory_mb"], "MB", 1),
        ),
        targets=(
            Target("150 tokens a second with MTP", speed >= 150),
            Target("twice the speed without", speed >= 2 * alone),
            Target("load under 1 s", took["load"] < 1),
            Target("2,000 tokens under 2 s", median(took["prefill"]) < 2),
            Target("memory under 300 MB", took["memory_mb"] < 300),
        ),
    )


def stand_in(folder: Path) -> Path:
    sys.path.insert(0, str(HERE.parents[1]))
    from tests.nano.made_checkpoint import NANO, make_checkpoint

    return make_checkpoint(folder, NANO, predictable=0.05)
