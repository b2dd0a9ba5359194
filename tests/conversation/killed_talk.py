"""A conversation in a process of its own, that is killed with SIGKILL as soon as its log has so many events.

Turns, the user's edits, an apply, an undo, a redo, the user's own command: what a conversation adds to turns.
"""

import asyncio
import os
import signal
import tempfile
import threading
from contextlib import aclosing
from pathlib import Path
from typing import Any

from model_server import Reply
from talks import Talks, bash, say

from agent.events import ToolFinished

AGENT = (bash("echo agent >a.txt; echo agent >c.txt"), Reply(content="one is done"))
SECOND = (bash("echo more >>c.txt; rm b.txt.old"), Reply(content="two is done"))
MINE = "mine\n"
STEERED = "and leave b.txt alone"


def answer(request: dict[str, Any]) -> Reply:
    """What the model says next, told by the request alone, so that it is the same after a kill."""
    said = [message["content"] for message in request["messages"] if message["role"] == "user"]
    replies = sum(message["role"] == "assistant" for message in request["messages"])
    if said[-1] == "go on":
        return Reply(content="it goes on")
    return (*AGENT, *SECOND)[replies]


async def talk(talks: Talks) -> None:
    async with talks.open() as conversation:
        await say(conversation, "one")
        (talks.repository / "b.txt").write_text(MINE)
        conversation.timeline.mark("between")
        await say(conversation, "two")
        await conversation.files.apply(["a.txt"])
        await conversation.shell("echo by hand >d.txt")
        await conversation.timeline.undo()
        await conversation.timeline.redo()
        await conversation.files.apply()


def kill_after(events: int, sessions: Path) -> None:
    """Watch the log, and end this process at once when it has so many events."""
    while True:
        for log in sessions.glob("*/events.jsonl"):
            if log.read_bytes().count(b"\n") >= events:
                os.kill(os.getpid(), signal.SIGKILL)


async def meanwhile(talks: Talks) -> None:
    """Something is said and something is run while the model works, and the process is killed right then."""
    async with talks.open() as conversation, aclosing(conversation.say("one")) as events:
        async for event in events:
            if isinstance(event, ToolFinished):
                conversation.steer(STEERED)
                await conversation.shell("echo by hand")
                os.kill(os.getpid(), signal.SIGKILL)


def main_meanwhile(state: Path, repository: Path, url: str) -> None:
    tempfile.tempdir = str(state.parent)
    asyncio.run(meanwhile(Talks(state, repository, _Address(url))))


def main(state: Path, repository: Path, url: str, events: int) -> None:
    tempfile.tempdir = str(state.parent)  # what is left of the sandbox is the test's
    threading.Thread(target=kill_after, args=(events, state / "sessions"), daemon=True).start()
    asyncio.run(talk(Talks(state, repository, _Address(url))))


class _Address:
    """The server of another process."""

    def __init__(self, url: str) -> None:
        self.url = url
