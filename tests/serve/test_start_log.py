"""Progress is what SGLang's own lines say, however the log is cut into pieces."""

import importlib.util
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model_runtime.serving.local.progress import Phase, StartLog

LINES = Path(__file__).parent / "standin/sglang/start_lines.py"


def whole_log() -> str:
    spec = importlib.util.spec_from_file_location("start_lines", LINES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return "\n".join((*module.before_binding("m"), *module.after_binding("127.0.0.1", 30_000), ""))


LOG = whole_log()


def test_every_phase_is_passed_in_its_order() -> None:
    reader = StartLog()
    seen = [reader.feed(line + "\n").phase for line in LOG.splitlines()]
    assert list(dict.fromkeys(seen)) == list(Phase)


@given(st.lists(st.integers(0, len(LOG)), max_size=8))
def test_the_bar_never_falls_and_ends_full_wherever_the_log_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(LOG)]
    reader = StartLog()
    fractions = [reader.feed(LOG[a:b]).fraction for a, b in pairwise(places)]
    assert fractions == sorted(fractions)
    assert reader.progress.phase is Phase.READY
    assert fractions[-1] == 1.0


def test_a_counter_is_read_with_what_is_left() -> None:
    now = StartLog().feed("Multi-thread loading shards:  25% Completed | 36/145 [01:10<1:03:20,  2.0it/s]\r")
    assert (now.phase, now.counted, now.left_s) == (Phase.LOADING, "36/145", 3800)


def test_a_download_of_one_large_file_is_read_too() -> None:
    now = StartLog().feed("model-00001-of-00145.safetensors:  50%|#####     | 2.50G/5.00G [00:30<00:30, 80MB/s]\n")
    assert (now.phase, now.counted, now.left_s) == (Phase.DOWNLOADING, "2.50G/5.00G", 30)


def test_what_is_served_later_does_not_look_like_a_start() -> None:
    reader = StartLog()
    reader.feed(LOG)
    assert (
        reader.feed("[2026-01-01 00:00:00 TP0] Capturing batches (bs=1):  1%| | 1/99 [00:01<01:00]\n").fraction
        == 1
    )
