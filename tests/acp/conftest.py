"""What the tests of `mimosa acp` share: a small repository, the command, a server as the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fix_bench import BUGGY, TEST, Mimosa, make_repository
from model_server import ModelServer


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"stats.py": BUGGY, "test_stats.py": TEST})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def mimosa(tmp_path: Path, server: ModelServer) -> Mimosa:
    (tmp_path / "home").mkdir()
    return Mimosa(tmp_path / "home", {"MIMOSA_BASE_URL": server.url})
