"""The real server's figures reach `mimosa bench serve` and `mimosa top`."""

import json

from cpu_server import CpuMachine


def test_recorded_sessions_are_measured_and_top_tells_what_they_left(shared: CpuMachine) -> None:
    done = shared.mimosa("bench", "serve", "--sessions", "1", "--steps", "2", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    (level,) = found["levels"]
    assert found["speculation"]
    assert level["first_s"] > 0
    assert level["acceptance"] > 1, "its drafts are those of a scripted chain"
    first, second = found["turns"]
    assert first["cached"] < second["cached"], "the second request begins with the first"
    assert found["compaction"]["tokens"] > second["prompt"] > first["prompt"] > 0

    shown = shared.mimosa("top", "--once", "--json")
    assert shown.returncode == 0, shown.stderr
    now = json.loads(shown.stdout)
    assert (now["server"], now["running"], now["waiting"]) == ("sglang 0.5.23", 0, 0)
    assert now["acceptance"] > 1
    assert 0 < now["hit_rate"] < 1
    assert now["cache_total"] > 0
