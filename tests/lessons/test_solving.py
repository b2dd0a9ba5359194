"""What counts as solved where lessons are made, without containers."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from evals.lessons.solving import Attempt, attempt, told
from model_runtime.base import ChatRequest, Completed, Delta, Usage
from model_runtime.messages import AssistantMessage, ToolCall, ToolMessage
from model_runtime.nano.client import NanoModel

ROWS = Path(__file__).parents[2] / "evals" / "lessons" / "heldout.jsonl"
FIRST: dict[str, Any] = json.loads(ROWS.read_text().splitlines()[0])
PLACE = "src/polyitem/penguin/pickles.py"


class Says(NanoModel):
    """These calls, one a reply; keeps what it was last asked."""

    def __init__(self, *calls: tuple[str, dict[str, str]]) -> None:
        super().__init__()
        self._calls = iter(calls)
        self.asked = ChatRequest(())

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        self.asked = request
        name, arguments = next(self._calls)
        call = ToolCall(id="call_0", name=name, arguments=json.dumps(arguments))
        yield Completed(AssistantMessage(tool_calls=(call,)), "tool_calls", Usage(), 0.0)


def edit(old: str, new: str) -> tuple[str, dict[str, str]]:
    return "str_replace", {"path": PLACE, "old_str": old, "new_str": new}


FINISH = ("finish", {"summary": "It is done."})
RIGHT = edit("    jeglor = 1\n    high", "    jeglor = 0\n    high")


async def test_the_right_edit_solves_it() -> None:
    model = Says(("bash", {"command": f"cat {PLACE}"}), RIGHT, FINISH)
    made = await attempt(FIRST, model, replies=8)
    assert (made.solved, made.replies, made.left) == (True, 3, False)
    shown, edited = (m.content for m in model.asked.messages if isinstance(m, ToolMessage))
    assert "jeglor = 1" in shown and "jeglor = 0" in edited


@pytest.mark.parametrize("wrong", [edit("jeglor = 1\n", "jeglor = 2\n"), edit("jeglor = 1\n", "jeglor = (\n")])
async def test_an_edit_that_leaves_it_failing_or_broken_does_not(wrong: tuple[str, dict[str, str]]) -> None:
    assert not (await attempt(FIRST, Says(wrong, FINISH), replies=8)).solved


async def test_to_finish_without_an_edit_is_refused_as_in_a_fix_and_solves_nothing() -> None:
    made = await attempt(FIRST, Says(FINISH, FINISH, FINISH), replies=8)
    assert (made.solved, made.replies) == (False, 3)


async def test_it_is_over_with_the_last_reply_or_with_what_is_not_imitated() -> None:
    assert (await attempt(FIRST, Says(RIGHT, FINISH), replies=1)).solved, "what counts is the code"
    for command in ("rm -r src", "cat 'src"):
        gone = await attempt(FIRST, Says(("bash", {"command": command})), replies=8)
        assert (gone.solved, gone.left) == (False, True)


def test_it_tells_what_was_not_solved_and_how_far_it_came() -> None:
    rows = [
        Attempt("a", "off by one", solved=True, replies=6, tokens=300, passes=100, left=False),
        Attempt("b", "off by one", solved=False, replies=8, tokens=100, passes=60, left=False),
        Attempt("c", "comparison", solved=False, replies=2, tokens=0, passes=0, left=True),
    ]
    assert told(rows).splitlines() == [
        "1 of 3 solved, 2.50 tokens a pass",
        "  comparison: 0 of 1",
        "  off by one: 1 of 2",
        "  not solved: b, off by one, 8 replies",
        "  not solved: c, comparison, ran what is not imitated",
    ]


def test_no_rows_are_no_error() -> None:
    assert told([]) == "0 of 0 solved, 0.00 tokens a pass"


@pytest.mark.docker
def test_the_shipped_model_solves_a_bug_with_fewer_passes_than_tokens(base_image: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(FIRST) + "\n")
    command = [sys.executable, "-m", "evals.lessons.solving", str(rows), "--image", base_image, "--no-lookup"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *_ = done.stdout.splitlines()
    assert first.startswith("1 of 1 solved, ")
    assert 2 < float(first.split()[4]) <= 4, "three MTP layers"
