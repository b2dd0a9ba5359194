"""`mimosa sessions prune` frees what resuming needs, and keeps what was said."""

import io
import time

import pytest
from model_server import ModelServer, Reply
from rich.console import Console
from talks import Talks, bash, say
from typer.testing import CliRunner

from agent.cli.app import app
from agent.errors import SessionError
from agent.events import SessionEnded
from agent.export import export, show
from agent.log import read_log
from agent.pruning import COPIES, prune

DAY = 86_400


async def test_old_and_ended_sessions_lose_their_copies_and_nothing_else(
    talks: Talks, server: ModelServer
) -> None:
    server.will(bash("echo new >c.txt"), Reply(content="made it"), Reply(content="hi"))
    async with talks.open() as conversation:
        await say(conversation, "make c.txt")
        old = conversation.folder
    async with talks.open() as conversation:
        await say(conversation, "hello")
        conversation.opened.session.record(SessionEnded(exit_code=0, summary="", patch=""))
        ended = conversation.folder

    def pruned(before: float, keep: int = 0, *, dry: bool = False) -> dict[str, bool]:
        return {one.session.id: one.in_use for one in prune(talks.store, before, keep=keep, dry=dry)}

    now = time.time()
    assert pruned(now - DAY, dry=True) == {ended.name: False}, "of those of today only the one that has ended"
    assert pruned(now + DAY, keep=2) == {}
    assert pruned(now + DAY, keep=2, dry=True) == {}
    async with talks.open(session=old.name):
        assert pruned(now + DAY, dry=True) == {old.name: True, ended.name: False}
        assert pruned(now + DAY) == {old.name: True, ended.name: False}
    assert all((old / name).exists() for name in COPIES), "it was in use"

    told = CliRunner().invoke(
        app, ["sessions", "prune", "--older", "0", "--dry-run"], env={"MIMOSA_STATE_DIR": str(talks.state)}
    )
    assert "make c.txt" in told.output and "1 session, " in told.output and "would be freed" in told.output
    [freed] = prune(talks.store, now + DAY)
    assert freed.session.folder == old and freed.bytes > 0
    assert not [path for folder in (old, ended) for name in COPIES if (path := folder / name).exists()]
    assert (
        "nothing to remove"
        in CliRunner().invoke(app, ["sessions", "prune"], env={"MIMOSA_STATE_DIR": str(talks.state)}).output
    )

    screen = io.StringIO()
    show(read_log(old), Console(file=screen))
    assert "made it" in screen.getvalue() and b"made it" in export(old, "html")
    assert list((old / "checkpoints").glob("*.patch")), "what it changed is still there"
    with pytest.raises(SessionError, match="its copy of the repository was removed"):
        async with talks.open(session=old.name):
            pass
