"""Small checkpoints, made once a test run."""

from pathlib import Path

import pytest

from tests.nano.made_checkpoint import make_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights: no draft is ever right."""
    return make_checkpoint(tmp_path_factory.mktemp("nano") / "random")


@pytest.fixture(scope="session")
def predictable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Most drafts are right, and some are not."""
    return make_checkpoint(tmp_path_factory.mktemp("nano") / "predictable", predictable=0.4)
