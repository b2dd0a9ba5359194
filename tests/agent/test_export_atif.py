"""A session with all that can happen in one, as an ATIF trajectory."""

import json
from pathlib import Path

from atif_rules import check
from sample_session import sample_events, write_session

from agent.export import export


def test_a_compacted_session_with_odd_parts_is_valid(tmp_path: Path) -> None:
    trajectory = json.loads(export(write_session(tmp_path, sample_events()), "atif"))
    check(trajectory)
    assert any("replaced by this summary" in step["message"] for step in trajectory["steps"])
