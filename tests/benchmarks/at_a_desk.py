"""The terminal, the user's desk and the model server of the tests, for benchmarks."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "chat")]

from chats import FILES, READY, Desk  # noqa: E402 - found through the line above
from model_server import Call, ModelServer, Reply  # noqa: E402
from terminal import Terminal  # noqa: E402

__all__ = ["FILES", "READY", "Call", "Desk", "ModelServer", "Reply", "Terminal"]
