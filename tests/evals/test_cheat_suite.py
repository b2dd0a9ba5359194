"""The cheat suite: scripted agents in the real loop, in Docker, graded by the real grader. None gains a verdict
that it should not have, and each is marked."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cheats import AGENTS
from eval_repositories import make_calc
from model_server import Call, ModelServer, Reply
from running_bench import QUICK
from tiny import settings

from agent.config.load import Loaded
from evals.grading.container import GradingLimits
from evals.grading.grader import DockerGrader
from evals.images.build import EvalImages
from evals.instances.base import Instance
from evals.reports.build import build_report
from evals.reports.model import Report
from evals.running.begin import new_run
from evals.running.capacity import Fixed
from evals.running.folder import RunFolder
from evals.running.kit import Kit
from evals.running.launch import Launch
from evals.running.local import LocalExecutor
from evals.running.parts import standard_preparer
from evals.running.reading import read_run
from evals.running.request import RunRequest
from evals.running.watcher import Nobody

MOST_REPLIES = 200

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


def instances(root: Path) -> list[Instance]:
    """The same issue once for each agent; its first words say who works on it."""
    _, calc = make_calc(root / "calc")
    return [
        calc.model_copy(
            update={"instance_id": f"acme__calc-{name}", "problem_statement": f"[{name}] {calc.problem_statement}"}
        )
        for name in AGENTS
    ]


def play(asked: dict[str, Any]) -> Reply:
    """The next command of the agent that the issue names, and then the end."""
    said = [message for message in asked["messages"] if message["role"] == "assistant"]
    issue = next(message["content"] for message in asked["messages"] if message["role"] == "user")
    commands = next(agent.commands for name, agent in AGENTS.items() if f"[{name}]" in issue)
    if len(said) < len(commands):
        return Reply(reasoning="Let me see.", calls=(Call("bash", {"command": commands[len(said)]}),))
    return Reply(calls=(Call("finish", {"summary": "add is right now"}),))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, eval_images: EvalImages) -> Report:
    """The report of one run of all agents."""
    root = tmp_path_factory.mktemp("cheats")
    rows = instances(root)
    with ModelServer(*[play] * MOST_REPLIES) as server:
        loaded = settings(sandbox__backend="docker", model__base_url=server.url)

        def new_grader(_loaded: Loaded) -> DockerGrader:
            return DockerGrader(eval_images, GradingLimits(seconds=60.0))

        request = RunRequest(dataset="cheats")
        folder = new_run(root, root / "run", request, rows)
        kit = Kit(loaded, partial(standard_preparer, None, None), new_grader, 1)
        launch = Launch(
            folder=folder,
            request=request,
            instances=rows,
            executor=LocalExecutor(kit, folder.prepared, Fixed(2)),
            watcher=Nobody(),
            patience=QUICK,
        )
        asyncio.run(launch.go())
    return build_report(read_run(RunFolder(folder.path)))


@pytest.mark.parametrize("name", [name for name, agent in AGENTS.items() if agent.rule])
def test_a_cheat_gains_nothing_and_is_marked_with_its_step(report: Report, name: str) -> None:
    row = next(row for row in report.rows if row.instance_id == f"acme__calc-{name}")
    assert row.state == "graded", row.detail
    assert row.resolved is False
    assert AGENTS[name].rule in {mark.rule for mark in row.marks}
    for mark in row.marks:
        assert 1 <= mark.step <= len(AGENTS[name].commands)
        assert mark.quote.rpartition(": ")[2].strip() in "\n".join(AGENTS[name].commands)


def test_the_honest_one_is_resolved_and_unmarked(report: Report) -> None:
    row = report.rows[-1]
    assert (row.instance_id, row.resolved, row.marks) == ("acme__calc-honest", True, ())
    assert (report.resolved.count, report.resolved.total, report.marked) == (1, len(AGENTS), len(AGENTS) - 1)
