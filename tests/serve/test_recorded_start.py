"""The log of a real start: SGLang 0.5.23 with MTP, on a CPU (see tests/real_sglang)."""

from pathlib import Path

from model_runtime.serving.local.explain import explain
from model_runtime.serving.local.progress import Phase, StartLog

LOG = Path(__file__).parents[1] / "recorded" / "sglang-0.5.23" / "start.log"


def test_the_phases_of_a_real_start_are_told_in_their_order() -> None:
    reader, seen = StartLog(), list[Phase]()
    fractions = list[float]()
    for line in LOG.read_text(encoding="utf-8").splitlines(keepends=True):
        progress = reader.feed(line)
        fractions.append(progress.fraction)
        if progress.phase not in seen:
            seen.append(progress.phase)
    expected = [Phase.STARTING, Phase.LOADING, Phase.CACHE, Phase.DRAFTS, Phase.WARMING, Phase.READY]
    assert seen == expected
    assert fractions == sorted(fractions)


def test_mtp_layers_that_are_loaded_after_the_model_are_not_called_the_model() -> None:
    reader = StartLog()
    text = LOG.read_text(encoding="utf-8")
    reader.feed(text[: text.index("Load weight end.")] + "Load weight end.\n")
    assert reader.feed("Load weight begin. avail mem=1.00 GB\n").phase is Phase.DRAFTS


def test_the_warnings_of_a_good_start_are_taken_for_no_cause() -> None:
    """So that a server that is killed later is not explained by something that it survived."""
    found = explain(LOG.read_text(encoding="utf-8"), sglang="0.5.23", exit_code=-9)
    assert found.cause == "unknown"
    assert found.what == "it was killed by signal 9"
