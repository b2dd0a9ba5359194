"""What the tests of `mimosa acp` share: a small repository, and one agent that all of them talk to in turn."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from editor import Desk, Editor, agent_of
from fix_bench import BUGGY, TEST, Mimosa, make_repository
from model_server import ModelServer


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"stats.py": BUGGY, "test_stats.py": TEST})


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def mimosa(tmp_path_factory: pytest.TempPathFactory, server: ModelServer) -> Mimosa:
    return Mimosa(tmp_path_factory.mktemp("home"), {"MIMOSA_BASE_URL": server.url})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(mimosa: Mimosa, server: ModelServer) -> AsyncIterator[Desk]:
    """`mimosa acp`, started once: a start costs seconds, a session does not."""
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        yield Desk(agent, editor, server)


@pytest.fixture
def desk(running: Desk) -> Desk:
    """The same, with nothing left of the test before."""
    running.clear()
    return running
