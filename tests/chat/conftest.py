"""What the tests of the chat share: a repository, a server as the model, and the chat in a pseudo-terminal."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from chats import FILES, Desk
from model_server import ModelServer
from terminal import Terminal


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: ModelServer) -> Desk:
    return Desk.made(tmp_path, FILES, server.url)


@pytest.fixture
def chat(desk: Desk) -> Iterator[Callable[..., Terminal]]:
    """Opens chats, and ends them after the test."""
    with ExitStack() as open_chats:
        yield lambda *arguments, **options: open_chats.enter_context(desk.chat(*arguments, **options))
