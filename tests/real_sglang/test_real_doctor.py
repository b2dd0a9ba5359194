"""The doctor asks the real server."""

import json

from cpu_server import CpuMachine

KNOWN = {"arguments"}
"""SGLang 0.5.23 unescapes HTML in arguments, and nobody can mend that yet."""


def test_nothing_is_wrong_with_a_server_that_mimosa_started(shared: CpuMachine) -> None:
    done = shared.mimosa("doctor", "--json", "--sandbox", "local")
    found = {each["subject"]: each for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0, found
    asked = (
        "thinking on",
        "thinking off",
        "tool call",
        "tool call, streamed",
        "thoughts in history",
        "prefix cache",
    )
    assert {found[each]["verdict"] for each in (*asked, "acceptance")} == {"right"}, found
    assert found["acceptance"]["said"].startswith("4.00 tokens a step")
    assert found["arguments"]["verdict"] == "note"
    assert "unescaped" in found["arguments"]["said"]
    assert "null becomes None" in found["arguments"]["said"]
