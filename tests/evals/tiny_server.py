"""A model server as a process of its own, which can be killed: `tiny_server.py [PORT]` prints its address and
serves a model that solves tiny instances."""

import sys
import threading
from typing import Any

from model_server import Call, ModelServer, Reply
from tiny import GOLD

from evals.models.gold import apply_command


def solver(request: dict[str, Any]) -> Reply:
    """A model without a memory: it edits first, then finishes."""
    replies = sum(message["role"] == "assistant" for message in request["messages"])
    if replies == 0:
        return Reply(calls=(Call("bash", {"command": apply_command(GOLD)}),), delay_s=0.02)
    return Reply(calls=(Call("finish", {"summary": "done"}),), delay_s=0.02)


def server(port: int = 0) -> ModelServer:
    return ModelServer(*[solver] * 5000, port=port)


if __name__ == "__main__":
    with server(int(sys.argv[1]) if sys.argv[1:] else 0) as running:
        print(running.url, flush=True)
        threading.Event().wait()
