"""A server that is lost, a limit, a wrong request: the turn ends in words, and the conversation goes on."""

from pathlib import Path

import pytest
from model_server import Hang, ModelServer, Raw, Reply, Status
from talks import Talks, bash, end, say

from agent.conversation.errors import NothingSaid
from agent.events import Compacted, TurnEnded
from agent.log import read_log
from model_runtime.errors import ModelError


async def test_a_server_that_refuses_ends_the_turn_and_not_the_conversation(
    talks: Talks, server: ModelServer
) -> None:
    server.will(bash("echo x >made"), Status(400, "context is broken"), Reply(content="here again"))
    async with talks.open() as conversation:
        with pytest.raises(ModelError, match="context is broken"):
            await say(conversation, "go")
        last = read_log(conversation.folder)[-1].event
        assert isinstance(last, TurnEnded) and last.reason == "failed"
        assert end(await say(conversation, "again")).reason == "answered"
        assert conversation.standing.changed == 1


async def test_a_lost_server_is_told_and_the_session_reopens_with_another(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(bash("echo x >made"), Raw([b"data: {"], drop=True))
    opening = talks.opening(flags={"model.attempts": 1})
    async with talks.open(opening=opening) as conversation:
        with pytest.raises(ModelError):
            await say(conversation, "go")
    with ModelServer(bash("cat made"), Reply(content="it is there")) as other:
        async with Talks(talks.state, repository, other).open(session="last") as again:
            assert end(await say(again, "go on")).reason == "answered"
        assert other.asked[1].json["messages"][-1]["content"].startswith("x\n")


async def test_compaction_on_demand_keeps_the_focus(talks: Talks, server: ModelServer) -> None:
    async with talks.open() as conversation:
        with pytest.raises(NothingSaid):
            async for _ in conversation.compact():
                pass
        server.will(Reply(content="noted"), Reply(content="The summary."), Reply(content="yes"))
        await say(conversation, "remember the port is 4711")
        events = [event async for event in conversation.compact("the port")]
        assert isinstance(events[-1], Compacted)
        assert (
            "kept above all, in every detail that matters: the port"
            in server.asked[1].json["messages"][-1]["content"]
        )
        await say(conversation, "still there?")
        assert "The summary." in server.asked[2].json["messages"][1]["content"]
        await conversation.timeline.rewind(conversation.timeline.points()[1].to)
        assert "The summary." in str(conversation.opened.session.history.messages)


async def test_an_interrupt_while_the_model_thinks(talks: Talks, server: ModelServer) -> None:
    server.will(Hang(Reply(reasoning="on and on")), Reply(content="yes"))
    async with talks.open() as conversation:
        events = []
        async for event in conversation.say("go"):
            events.append(event)
            if event.type == "reasoning_streamed":
                await conversation.interrupt()
        assert end(events).reason == "interrupted"
        assert end(await say(conversation, "go on")).reason == "answered"
