"""`kill -9` anywhere in a conversation: it reopens where it was, and no file of the user's is lost or changed."""

import asyncio
import io
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fix_bench import make_repository
from killed_talk import MINE, STEERED, answer, main, main_meanwhile
from model_server import ModelServer
from rich.console import Console
from talks import Talks, end, say

from agent.events import FilesApplied, FilesFollowed, SessionStarted, UserRan, UserSaid
from agent.export import export, show
from agent.history import History
from agent.log import read_log

WHOLE = 27
"""Logged events of the whole talk; the last test says so if there are more."""


def killed_after(events: int, talks: Talks) -> None:
    killed(main, talks.state, talks.repository, talks.server.url, events)


def killed(target: Callable[..., None], *arguments: object) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_talk"])
    process = context.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[Talks]:
    repository = make_repository(tmp_path / "repo", {"a.txt": "one\n", "b.txt": "two\n", "b.txt.old": "old\n"})
    with ModelServer(*[answer] * 12) as server:
        yield Talks(tmp_path / "state", repository, server)


@pytest.mark.parametrize("events", [4, 9, 10, 11, 15, 19, 20, 22, 24, 26])
def test_it_reopens_where_it_was(events: int, talks: Talks) -> None:
    killed_after(events, talks)
    asyncio.run(check(talks))


async def check(talks: Talks) -> None:
    repository = talks.repository
    before = read_log(talks.store.find("last"))
    edited = (repository / "b.txt").read_text()
    assert edited in ("two\n", MINE)
    async with talks.open(session="last") as conversation:
        assert end(await say(conversation, "go on")).reason == "answered"
        offered = {change.path: change.diff for change in await conversation.files.changes()}
        assert "b.txt" not in offered, "the user's own edit is never offered to be taken back"
        assert not conversation.files.conflicts
        await conversation.files.apply()
        assert (repository / "b.txt").read_text() == edited
        workspace = await conversation.opened.sandbox.run("cat b.txt")
        assert workspace.output == edited
        await conversation.timeline.rewind(conversation.timeline.points(rewound=True)[0].to)
        assert (await conversation.opened.sandbox.run("ls; cat a.txt")).output == "a.txt\nb.txt\nb.txt.old\none\n"
        after = read_log(conversation.folder)
        start = after[0].event
        assert isinstance(start, SessionStarted)
        folded = History.of(start, [record.event for record in after])
        assert folded.messages == conversation.opened.session.history.messages
    assert after[: len(before)] == before


def test_the_talk_is_as_long_as_these_tests_think(talks: Talks) -> None:
    killed_after(WHOLE, talks)
    events = [record.event for record in read_log(talks.store.find("last"))]
    assert len(events) == WHOLE, [event.type for event in events]
    assert sum(isinstance(event, FilesApplied) for event in events) == 2
    assert sum(isinstance(event, FilesFollowed) for event in events) == 1


async def test_what_was_said_while_the_model_worked_reaches_it_after_a_kill(talks: Talks) -> None:
    killed(main_meanwhile, talks.state, talks.repository, talks.server.url)
    folder = talks.store.find("last")
    screen = io.StringIO()
    show(read_log(folder), Console(file=screen, width=200))
    for told in (screen.getvalue(), export(folder, "html").decode()):
        assert STEERED in told and "echo by hand" in told and "unknown event" not in told
    assert export(folder, "atif")

    copy = talks.opening(session="last", fork=True)
    for opening in (copy, talks.opening(session=folder.name)):
        async with talks.open(opening=opening) as conversation:
            said, ran = conversation.waiting
            events = await say(conversation, "go on")
            taken = [event for event in events if isinstance(event, UserSaid | UserRan)]
            assert taken[-2:] == [said, ran], "in the order in which they came"
            assert not conversation.waiting
        words = [message["content"] for message in talks.server.asked[-1].json["messages"]]
        assert words[-2] == STEERED and "$ echo by hand\nby hand" in words[-1]

    async with talks.open(session=folder.name) as conversation:
        assert not conversation.waiting, "it is said once"
        conversation.steer("never mind")
        await conversation.timeline.rewind(conversation.timeline.points()[0].to)
        assert not conversation.waiting
    async with talks.open(session=folder.name) as conversation:
        assert not conversation.waiting, "a rewind leaves it behind"
