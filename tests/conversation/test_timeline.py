"""Undo, redo, rewind and fork bring back files and conversation; nothing is deleted, and the user's edits stay."""

from pathlib import Path

import pytest
from model_server import Hang, ModelServer, Reply
from talks import Talks, bash, results, say

from agent.conversation.conversation import Conversation
from agent.conversation.errors import Busy, CannotRewind
from agent.events import ReasoningStreamed, Rewound
from agent.history import History
from agent.log import read_log


def said(server: ModelServer) -> list[str]:
    return [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "user"]


async def listing(conversation: Conversation) -> str:
    return (await conversation.opened.sandbox.run("tail -n +1 a.txt b.txt c.txt 2>&1")).output


def folded(conversation: Conversation) -> object:
    events = [record.event for record in read_log(conversation.folder)]
    return History.of(events[0], events).messages  # type: ignore[arg-type]


async def test_undo_brings_back_files_and_conversation_and_redo_takes_it_back(
    talks: Talks, server: ModelServer
) -> None:
    server.will(
        bash("echo 1 >c.txt"), Reply(content="first"), bash("echo 2 >c.txt; rm b.txt"), Reply(content="second")
    )
    async with talks.open() as conversation:
        await say(conversation, "one")
        after_one, files_one = conversation.opened.session.history.messages, await listing(conversation)
        await say(conversation, "two")
        after_two, files_two = conversation.opened.session.history.messages, await listing(conversation)

        undone = await conversation.timeline.undo()
        assert undone.text == "two"
        assert conversation.opened.session.history.messages == after_one == folded(conversation)
        assert await listing(conversation) == files_one != files_two
        assert (await conversation.timeline.undo()).text == "one"
        assert "No such file" in await listing(conversation) and conversation.standing.changed == 0
        with pytest.raises(CannotRewind, match="nothing has been said yet"):
            await conversation.timeline.undo()

        await conversation.timeline.redo()
        assert (
            conversation.opened.session.history.messages == after_one and await listing(conversation) == files_one
        )
        await conversation.timeline.redo()
        assert (
            conversation.opened.session.history.messages == after_two and await listing(conversation) == files_two
        )
        with pytest.raises(CannotRewind, match="nothing to redo"):
            await conversation.timeline.redo()
        assert folded(conversation) == after_two


async def test_another_way_after_an_undo_and_back_to_the_one_that_was_left(
    talks: Talks, server: ModelServer
) -> None:
    server.will(bash("echo 1 >c.txt"), Reply(content="first"), bash("echo other >c.txt"), Reply(content="second"))
    async with talks.open() as conversation:
        await say(conversation, "one")
        left = conversation.opened.session.history.messages
        conversation.timeline.mark("good state")
        await conversation.timeline.undo()
        await say(conversation, "another way")
        assert said(server)[-1] == "another way" and "one" not in said(server)
        with pytest.raises(CannotRewind, match="nothing to redo"):
            await conversation.timeline.redo()
        assert [point.text for point in conversation.timeline.points()] == ["another way"]
        assert [point.text for point in conversation.timeline.points(rewound=True)] == [
            "one",
            "good state",
            "another way",
        ]
        await conversation.timeline.rewind("good state")
        assert conversation.opened.session.history.messages == left
        assert "1\n" in await listing(conversation)
        with pytest.raises(CannotRewind, match="There are: good state"):
            await conversation.timeline.rewind("bad state")


async def test_the_users_own_edits_are_never_undone(talks: Talks, server: ModelServer, repository: Path) -> None:
    server.will(
        bash("echo agent >a.txt"),
        Reply(content="."),
        bash("echo more >>a.txt; echo agent >c.txt"),
        Reply(content="."),
    )
    async with talks.open() as conversation:
        await say(conversation, "one")
        (repository / "b.txt").write_text("mine\n")
        await say(conversation, "two")
        await conversation.files.apply()
        (repository / "c.txt").write_text("agent\nand mine\n")
        await conversation.timeline.rewind(conversation.timeline.points()[0].to)
        assert (
            await listing(conversation)
            == "==> a.txt <==\none\n\n==> b.txt <==\nmine\n\n==> c.txt <==\nagent\nand mine\n"
        )
        server.will(Reply(content="."))
        await say(conversation, "start again")
        assert (
            said(server)[0] == "The user has edited files since then, and your workspace has them: b.txt, c.txt."
        )
        changes = {change.path for change in await conversation.files.changes()}
        assert changes == {"a.txt"}, "what was applied is offered to be taken back, the user's edits are not"
        await conversation.files.apply()
    assert (repository / "a.txt").read_text() == "one\n"
    assert (repository / "c.txt").read_text() == "agent\nand mine\n"


async def test_a_rewind_survives_a_resume(talks: Talks, server: ModelServer) -> None:
    server.will(bash("echo 1 >c.txt"), Reply(content="."), bash("echo 2 >c.txt"), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "one")
        await say(conversation, "two")
        await conversation.timeline.undo()
        messages, files = conversation.opened.session.history.messages, await listing(conversation)
    async with talks.open(session="last") as again:
        assert again.opened.session.history.messages == messages and await listing(again) == files
        await again.timeline.redo()
        assert "==> c.txt <==\n2\n" in await listing(again)
        assert (await again.timeline.undo()).text == "two"


async def test_undoing_everything_keeps_the_session(talks: Talks, server: ModelServer) -> None:
    server.will(Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "one")
        await conversation.timeline.undo()
    async with talks.open(session="last") as again:
        await again.timeline.redo()
        assert [point.text for point in again.timeline.points()] == ["one"]


async def test_a_fork_goes_another_way_beside_it(talks: Talks, server: ModelServer) -> None:
    server.will(bash("echo 1 >c.txt"), Reply(content="."), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "one")
        await say(conversation, "two")
        fork = conversation.timeline.fork(conversation.timeline.points()[1].to)
        server.will(bash("cat c.txt; echo fork >c.txt"), Reply(content="."))
        async with talks.open(session=fork) as other:
            assert results(await say(other, "two, otherwise"))[0].startswith("1\n")
            assert "two" not in said(server) and said(server)[0] == "one"
        assert "==> c.txt <==\n1\n" in await listing(conversation)


async def test_while_the_agent_works_nothing_is_rewound(talks: Talks, server: ModelServer) -> None:
    server.will(Hang(Reply(reasoning="thinking on and on")))
    async with talks.open() as conversation:
        async for event in conversation.say("go"):
            if isinstance(event, ReasoningStreamed):
                with pytest.raises(Busy, match="the agent works"):
                    await conversation.timeline.undo()
                with pytest.raises(Busy):
                    await conversation.files.apply()
                await conversation.interrupt()
        await conversation.timeline.undo()
        assert isinstance(read_log(conversation.folder)[-1].event, Rewound)
