"""A session in a process of its own that kills itself with SIGKILL at an event. Run by test_kill.py.

    python killed_session.py FOLDER SNAPSHOT.tar NUMBER

Each event that is shown is printed as one JSON line; the process dies as soon as logged event NUMBER was.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sessions import begun, play

from agent.events import Event, SessionStarted
from model_runtime.messages import AssistantMessage, ToolCall
from model_runtime.replay import Replay
from sandbox.workspace.snapshot import Snapshot

TASK = "make it right"


def reply(number: int, *calls: tuple[str, str]) -> AssistantMessage:
    made = tuple(
        ToolCall(id=f"call-{number}-{index}", name=name, arguments=arguments)
        for index, (name, arguments) in enumerate(calls)
    )
    return AssistantMessage(reasoning_content=f"step {number}", tool_calls=made)


REPLIES = (
    reply(1, ("bash", '{"command": "echo x >1.txt"}')),
    reply(2, ("bash", '{"command": "echo x >2.txt"}'), ("bash", '{"command": "echo x >3.txt; echo printed"}')),
    reply(3, ("str_replace", '{"path": "a.txt", "old_str": "one", "new_str": "uno"}')),
    reply(4, ("finish", '{"summary": "it is right"}')),
)


def snapshot_in(archive: Path) -> Snapshot:
    """Only the archive matters to a sandbox."""
    return Snapshot(
        archive=archive,
        root=archive.parent,
        given=archive.parent,
        head="",
        branch="",
        files=0,
        bytes=0,
        modified=0,
        deleted=0,
        untracked=0,
        left_out=(),
    )


async def main(folder: Path, archive: Path, number: int) -> None:
    session, _ = await begun(folder, snapshot_in(archive), Replay.of(REPLIES), stream=True)
    shown = -1

    def show(event: Event) -> None:
        nonlocal shown
        if not event.logged:
            return
        shown += 1
        if not isinstance(event, SessionStarted):
            print(event.model_dump_json(), flush=True)
        if shown == number:
            os.kill(os.getpid(), signal.SIGKILL)

    await play(session, TASK, show)
    await session.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
