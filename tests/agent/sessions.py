"""Sessions over a real repository in a local sandbox: what the tests of sessions share."""

import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from pathlib import Path

from agent.events import Event
from agent.guards.base import Guard
from agent.means import Means
from agent.session import About, Session
from model_runtime.base import ChatModel, ServerInfo
from sandbox.base import Sandbox
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import Snapshot, take_snapshot
from tools.standard import standard_tools
from tools.toolbox import Toolbox

ABOUT = About(
    command="fix",
    task="make it right",
    repository="/repo",
    commit="",
    sandbox="local",
    system="You are tested.",
)


NUMBERS = count(2)


def no_guards() -> tuple[Guard, ...]:
    return ()


def make_snapshot(folder: Path) -> Snapshot:
    """A repository of two files, as the archive that a sandbox starts from."""
    repository = folder / "repository"
    repository.mkdir()
    (repository / "a.txt").write_text("one\n")
    (repository / "b.txt").write_text("two\n")
    who = {
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@t",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@t",
    }
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *command], cwd=repository, env={**os.environ, **who}, check=True)
    return take_snapshot(repository, folder / "workspace.tar", uid=os.getuid(), gid=os.getgid())


def means_for(model: ChatModel, sandbox: Sandbox, **more: object) -> Means:
    server = getattr(model, "server", ServerInfo(model.name, 100_000))
    means = Means(model, server, sandbox, Toolbox(standard_tools(), sandbox), guards=no_guards)
    return replace(means, **more)  # type: ignore[arg-type]


async def begun(
    folder: Path, snapshot: Snapshot, model: ChatModel, **more: object
) -> tuple[Session, LocalSandbox]:
    """A new session in `folder/session`, with a sandbox of its own."""
    sandbox = LocalSandbox(folder / "sandbox", snapshot)
    await sandbox.start()
    session_folder = folder / "session"
    session_folder.mkdir()
    return await Session.create(session_folder, means_for(model, sandbox, **more), ABOUT), sandbox


async def resumed(
    folder: Path, snapshot: Snapshot, model: ChatModel, **more: object
) -> tuple[Session, LocalSandbox]:
    """The session in `folder/session` again, in a new sandbox."""
    sandbox = LocalSandbox(folder / f"sandbox-{next(NUMBERS)}", snapshot)
    await sandbox.start()
    return await Session.resume(folder / "session", means_for(model, sandbox, **more)), sandbox


async def play(session: Session, text: str = "", watch: Callable[[Event], None] | None = None) -> list[Event]:
    """One turn; `watch` sees each event as it is yielded."""
    events = []
    async with aclosing(session.turn(text)) as turn:
        async for event in turn:
            events.append(event)
            if watch:
                watch(event)
    return events


def only(events: Sequence[Event], wanted: type) -> list[Event]:
    return [event for event in events if isinstance(event, wanted)]
