"""MCP servers in a conversation: their tools are in the frozen head, and a call counts as leaving the sandbox."""

import sys
from pathlib import Path

from model_server import Call, Reply
from talks import Person, Talks, results, say

from agent.knowledge.assembly import Knowledge
from agent.permission.base import Answer, Effect

STAND = Path(__file__).parents[1] / "mcp_servers" / "mcp_stand.py"


def add(a: int, b: int) -> Reply:
    return Reply(calls=(Call("s__add", {"a": a, "b": b}),))


async def test_tools_join_the_head_and_stay_there_without_their_server(talks: Talks) -> None:
    own = talks.state / ".config" / "mimosa" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        f"[mcp.s]\ncommand = '{sys.executable}'\nargs = ['{STAND}']\nstart_timeout_s = 60\n"
        "[mcp.mute]\ncommand = 'sleep'\nargs = ['60']\nstart_timeout_s = 0.2\n"
    )
    environment = {"HOME": str(talks.state)}
    look = Reply(calls=(Call("s__look", {"what": "it"}),))
    talks.server.will(add(2, 3), add(2, 4), Reply(content="five"), look, add(2, 5), Reply(content="it is there"))
    person = Person(Answer(True), Answer(False, reason="not again"), Answer(True))
    knowledge = Knowledge(environment)
    async with talks.open("ask", assemble=knowledge, person=person) as conversation:
        told = results(await say(conversation, "add"))
        assert told == ["5 in no mood", "Not allowed: not again"]
        assert [request.effect for request in person.asked] == [Effect.LEAVES] * 2
        assert knowledge.plan is not None
        knowledge.plan.enter()
        read, refused = results(await say(conversation, "look"))
        assert read == "it is there" and person.asked[-1].effect is Effect.ASKS_OUTSIDE
        assert "plan mode" in refused and len(person.asked) == 3, "what changes something is not even asked for"
    assert len(knowledge.notes) == 1 and "mute is not there" in knowledge.notes[0]

    own.write_text("")
    talks.server.will(add(1, 1), Reply(content="a pity"))
    async with talks.open("auto", assemble=Knowledge(environment), session="last") as conversation:
        conversation.permissions.asker = Person(Answer(True))
        told = results(await say(conversation, "again"))
    assert "server is not there" in told[0]
    first, *later = (asked.json["tools"] for asked in talks.server.asked)
    assert "s__add" in str(first) and all(tools == first for tools in later)
