"""`python -m evals.lessons.solving ROWS --checkpoint FOLDER`: what a checkpoint solves where lessons are made.

That is in the imitation of a sandbox, without containers, in minutes: to compare checkpoints by. What counts is
`make eval-nano`.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from agent.export.unified import parse_diff
from evals.lessons.head import head
from evals.lessons.imitation.library import use_pytest_in, use_the_images_pytest
from evals.lessons.imitation.modules import NotImitated, imported
from evals.lessons.imitation.pytest_runs import run_pytest
from evals.lessons.talk import Talk
from evals.lessons.time_limit import Hung
from model_runtime.base import ChatRequest, Completed, Sampling, ToolSchema
from model_runtime.errors import ContextOverflow
from model_runtime.messages import AssistantMessage, SystemMessage
from model_runtime.nano.at_hand import SHIPPED
from model_runtime.nano.client import NanoModel
from sandbox.local import LocalSandbox


@dataclass(frozen=True)
class Attempt:
    """At one row. passes: of the main model, which made the `tokens`. left: it ran what is not imitated."""

    name: str
    kind: str
    solved: bool
    replies: int
    tokens: int
    passes: int
    left: bool


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.lessons.solving", description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED)
    parser.add_argument("--replies", type=int, default=8, help="at most, to an issue")
    parser.add_argument("--no-lookup", action="store_true", help="guess by the MTP layers alone")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--image", default="", help="the image that sandboxes start from")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.rows.read_text(encoding="utf-8").splitlines()]
    work = partial(_attempt, given.checkpoint, given.replies, not given.no_lookup)
    library = use_the_images_pytest(given.image)
    with ProcessPoolExecutor(given.processes, initializer=use_pytest_in, initargs=(library,)) as pool:
        attempts = list(pool.map(work, rows))
    print(told(attempts))


def told(attempts: Sequence[Attempt]) -> str:
    """What came of them: one line, then a line for each kind of bug, then those that were not solved."""
    solved = sum(each.solved for each in attempts)
    tokens, passes = (sum(getattr(each, what) for each in attempts) for what in ("tokens", "passes"))
    lines = [f"{solved} of {len(attempts)} solved, {tokens / max(passes, 1):.2f} tokens a pass"]
    for kind in sorted({each.kind for each in attempts}):
        of_kind = [each.solved for each in attempts if each.kind == kind]
        lines.append(f"  {kind}: {sum(of_kind)} of {len(of_kind)}")
    for each in attempts:
        if not each.solved:
            how = "ran what is not imitated" if each.left else f"{each.replies} replies"
            lines.append(f"  not solved: {each.name}, {each.kind}, {how}")
    return "\n".join(lines)


def _attempt(checkpoint: Path, replies: int, lookup: bool, row: dict[str, Any]) -> Attempt:
    return asyncio.run(attempt(row, NanoModel(checkpoint, lookup=lookup), replies))


async def attempt(row: dict[str, Any], model: NanoModel, replies: int) -> Attempt:
    """Up to so many `replies` to one row's issue, asked greedily."""
    talk = Talk(row["files"], row["problem_statement"], row["test_command"], Random(0))
    beginning = head(LocalSandbox(Path()))
    system = SystemMessage(content=beginning["system"])
    tools = tuple(ToolSchema.model_validate(tool) for tool in beginning["tools"])
    left, said = False, 0
    try:
        while said < replies:
            request = ChatRequest((system, *talk.messages), tools, sampling=Sampling(temperature=0))
            reply = await _reply(model, request)
            said += 1
            if talk.take(reply):
                break
    except (NotImitated, Hung):
        left = True
    except ContextOverflow:
        pass
    counted = model.counters()
    solved = _passes(talk.files_now, row["test_patch"])
    return Attempt(row["instance_id"], row["difficulty"], solved, said, counted.generated, counted.steps, left)


async def _reply(model: NanoModel, request: ChatRequest) -> AssistantMessage:
    async for delta in model.chat(request):
        if isinstance(delta, Completed):
            return delta.message
    raise AssertionError("a stream ends with its reply")


def _passes(files: dict[str, str], tests: str) -> bool:
    """Whether all tests do, with those of the diff `tests`, which are in files of their own."""
    added = {file.new: "".join(f"{line.text}\n" for line in file.lines if line.new) for file in parse_diff(tests)}
    try:
        with imported(files | added):
            return run_pytest(files | added, Random(0))[1] == 0
    except (Exception, NotImitated, Hung):  # an edit can make anything of a package
        return False


if __name__ == "__main__":
    main()
