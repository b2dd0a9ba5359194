"""A small repository, and a server that plays the model: what the tests of conversations share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fix_bench import make_repository
from model_server import ModelServer
from talks import Talks


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"a.txt": "one\n", "b.txt": "two\n", ".gitignore": "*.log\n"})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def talks(tmp_path: Path, repository: Path, server: ModelServer) -> Talks:
    return Talks(tmp_path / "state", repository, server)
