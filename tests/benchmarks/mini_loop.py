"""Overhead of mini-swe-agent's loop, turn by turn. Runs under a Python that has it; prints seconds as a JSON list.

    PYTHON mini_loop.py FOLDER

The model and the environment answer at once from memory, and what they take is subtracted. The trajectory is saved
in FOLDER, as mini-swe-agent does by default. Its own deterministic model would carry every reply in its
configuration, which the agent copies each turn; this one does not.
"""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("MSWEA_SILENT_STARTUP", "1")

from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.test_models import DeterministicToolcallModel
from turn_shape import OUTPUT, REASONING, TURNS, command

marks: list[float] = []
"""When each turn asked the model, in seconds."""
spent: list[float] = []
"""What the model and the environment took in each turn, in seconds."""


class MemoryModel(DeterministicToolcallModel):
    def query(self, _messages: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        began = time.perf_counter()
        turn = len(marks)
        marks.append(began)
        if turn == TURNS:
            raise KeyboardInterrupt
        call = {"id": f"call_{turn}", "type": "function"}
        call["function"] = {"name": "bash", "arguments": json.dumps({"command": command(turn)})}
        reply = {"role": "assistant", "content": "", "reasoning_content": REASONING, "tool_calls": [call]}
        reply["extra"] = {"actions": [{"command": command(turn), "tool_call_id": call["id"]}], "cost": 0.0}
        spent.append(time.perf_counter() - began)
        return reply


class MemoryEnvironment(LocalEnvironment):
    def execute(self, _action: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        return {"output": OUTPUT, "returncode": 0, "exception_info": ""}


def main(folder: Path) -> None:
    agent = DefaultAgent(
        MemoryModel(outputs=[]),
        MemoryEnvironment(),
        system_template="You solve tasks.",
        instance_template="{{task}}",
        cost_limit=0,
        output_path=folder / "trajectory.json",
    )
    with suppress(KeyboardInterrupt):
        agent.run("Find the failing assertion.")
    turns = zip(marks, marks[1:], spent, strict=False)
    print(json.dumps([after - before - inside for before, after, inside in turns]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
