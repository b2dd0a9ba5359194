"""What the agent finds in its sandbox: the past, the environment, and nothing that it should not see."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.config.settings import SandboxSettings
from evals.images.build import EvalImages
from evals.images.prepare import InstancePreparer
from evals.instances.base import Instance
from evals.past.sources import Sources
from evals.running.base import Prepared
from sandbox.base import Sandbox

pytestmark = pytest.mark.docker


@pytest.fixture
def prepared(eval_images: EvalImages, calc: Instance, tmp_path: Path) -> Prepared:
    return InstancePreparer(Sources(), eval_images, SandboxSettings()).prepare(calc, tmp_path)


@pytest.fixture
async def sandbox(prepared: Prepared) -> AsyncIterator[Sandbox]:
    started = prepared.place.new_sandbox(SandboxSettings())
    await started.start()
    yield started
    await started.close()


async def output(sandbox: Sandbox, command: str) -> str:
    return (await sandbox.run(command)).output.strip()


async def test_the_sandbox_holds_the_past_alone(sandbox: Sandbox, prepared: Prepared) -> None:
    listed = "git cat-file --batch-all-objects --batch-check | grep -c commit"

    assert await output(sandbox, "git log --all --reflog --format=%s") == "twice\nstart"
    assert await output(sandbox, listed) == str(prepared.history.commits) == "2"
    assert await output(sandbox, "git status --porcelain; git remote; git tag; git stash list") == ""
    assert await output(sandbox, "grep -rl test_add / --include=test_calc.py 2>/dev/null") == ""


async def test_the_project_is_where_it_was_installed(sandbox: Sandbox, prepared: Prepared) -> None:
    assert await output(sandbox, "readlink /testbed; cd /testbed && pwd -P") == "/workspace\n/workspace"
    assert prepared.place.test_command.endswith("python3 -m pytest")
    assert "1 passed" in await output(sandbox, f"{prepared.place.test_command} -p no:cacheprovider")
    assert prepared.image_digest.startswith("sha256:")


async def test_nothing_can_be_fetched(sandbox: Sandbox) -> None:
    fetched = await sandbox.run("python3 -c 'import socket; socket.create_connection((\"1.1.1.1\", 443), 2)'")

    assert fetched.exit_code != 0
