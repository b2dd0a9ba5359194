"""What the validator of the trajectory format ATIF asks for."""

from typing import Any

AGENT_ONLY = {"model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics"}
STEP_FIELDS = {"step_id", "timestamp", "source", "message", "observation", "extra"} | AGENT_ONLY


def check(trajectory: dict[str, Any]) -> None:
    """The rules of the format's validator: nothing unknown, numbered steps, results that answer a call."""
    assert set(trajectory) <= {"schema_version", "session_id", "agent", "steps", "notes", "final_metrics", "extra"}
    assert trajectory["schema_version"] == "ATIF-v1.5"
    assert set(trajectory["agent"]) <= {"name", "version", "model_name", "tool_definitions", "extra"}
    for number, step in enumerate(trajectory["steps"], start=1):
        assert step["step_id"] == number
        assert set(step) <= STEP_FIELDS
        assert step["source"] in ("system", "user", "agent")
        assert isinstance(step["message"], str)
        if step["source"] != "agent":
            assert not AGENT_ONLY & set(step)
        calls = {call["tool_call_id"] for call in step.get("tool_calls", [])}
        for call in step.get("tool_calls", []):
            assert isinstance(call["arguments"], dict)
        for result in step.get("observation", {}).get("results", []):
            assert result["source_call_id"] in calls
