"""A small repository, the installed command, and a server that plays the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import ModelServer
from runs import Command, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"a.txt": "one\n", "b.txt": "two\n"})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def run(tmp_path: Path, repository: Path, server: ModelServer) -> Command:
    (tmp_path / "home").mkdir()
    return Command(tmp_path / "home", repository, server.url)
