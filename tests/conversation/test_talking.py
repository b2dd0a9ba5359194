"""A conversation opens, goes on, is interrupted, and reopens where it was."""

import asyncio
from pathlib import Path

import pytest
from model_server import ModelServer, Reply
from talks import Person, Talks, bash, end, results, say

from agent.conversation.conversation import Conversation
from agent.conversation.finding import open_here
from agent.errors import SessionError
from agent.events import ServerMeasured, ToolStarted
from agent.log import read_log
from agent.permission.base import Answer, Effect
from model_runtime.errors import ModelError
from sandbox.progress import Progress


async def test_turn_follows_turn(talks: Talks, server: ModelServer) -> None:
    server.will(bash("cat a.txt"), Reply(content="It says one."), Reply(content="You are welcome."))
    async with talks.open() as conversation:
        events = await say(conversation, "what is in a.txt?")
        assert results(events) == ["one\n[exit code 0]"]
        assert end(events).reason == "answered"
        assert end(await say(conversation, "thanks")).reason == "answered"
        standing = conversation.standing
    assert standing.model == "mimo-v2-flash" and standing.mode == "auto"
    assert standing.tokens > 0 and standing.read > 0 and standing.context_length == 262_144
    first, *_, last = (asked.json["messages"] for asked in server.asked)
    assert last[: len(first)] == first, "the history is append-only across turns"


async def test_it_reopens_where_it_was(talks: Talks, server: ModelServer) -> None:
    server.will(bash("echo new >c.txt"), Reply(content="made"), bash("cat c.txt"), Reply(content="there"))
    async with talks.open() as conversation:
        await say(conversation, "make c.txt")
        session = conversation.id
    async with talks.open(session="last") as again:
        assert again.id == session
        assert results(await say(again, "is it there?"))[-1] == "new\n[exit code 0]"


async def test_the_last_one_is_the_last_conversation(talks: Talks, server: ModelServer, repository: Path) -> None:
    server.will(Reply(content="hi"), Reply(content="done"))
    async with talks.open() as conversation:
        await say(conversation, "hello")
    async with talks.open(command="fix") as killed:  # its copy of the repository is still there
        await say(killed, "mend it")
    assert {summary.command for summary in open_here(talks.store, repository)} == {"chat"}
    async with talks.open(session="last") as again:
        assert again.id == conversation.id


async def test_its_end_says_what_it_took_of_the_server(talks: Talks, server: ModelServer) -> None:
    def told(written: int, steps: int) -> str:
        running = "sglang:num_running_reqs 0\n"
        return f"{running}sglang:generation_tokens_total {written}\nsglang:spec_verify_calls_total {steps}\n"

    server.routes["/metrics"] = told(50, 25)

    def last(_request: dict[str, object]) -> Reply:
        server.routes["/metrics"] = told(150, 56)
        return Reply(content="It says one.")

    server.will(last, Reply(content="You are welcome."))
    async with talks.open() as conversation:
        await say(conversation, "what is in a.txt?")
        took = await conversation.close()
    assert took is not None and took.acceptance == 3.23
    record = read_log(conversation.folder)[-1]
    assert record.event == ServerMeasured(figures=took)
    assert next(talks.store.summaries()).state == "answered"
    async with talks.open(session="last") as again:
        assert await again.measured() is None, "nothing was asked since it goes on"


async def test_one_in_which_nothing_was_said_vanishes(talks: Talks) -> None:
    async with talks.open() as conversation:
        assert conversation.folder.is_dir()
    assert talks.store.ids() == []
    with pytest.raises(SessionError, match="Start one: mimosa"):
        async with talks.open(session="last"):
            pass


async def test_an_interrupt_ends_command_and_turn_and_nothing_else(talks: Talks, server: ModelServer) -> None:
    server.will(bash("echo begun; sleep 60"), Reply(content="yes?"))
    async with talks.open() as conversation:

        async def interrupt_later() -> None:
            await asyncio.sleep(0.5)
            assert await conversation.interrupt()

        events, _ = await asyncio.gather(say(conversation, "wait"), interrupt_later())
        assert end(events).reason == "interrupted"
        assert "begun" in results(events)[0]
        assert not await conversation.interrupt(), "nothing goes on"
        assert end(await say(conversation, "hello?")).reason == "answered"


async def test_a_message_steers_at_the_next_step(talks: Talks, server: ModelServer) -> None:
    server.will(bash("true"), Reply(content="ok"))
    async with talks.open() as conversation:
        async for event in conversation.say("begin"):
            if isinstance(event, ToolStarted):
                conversation.steer("use tabs")
    assert server.asked[1].json["messages"][-1] == {"role": "user", "content": "use tabs"}


async def test_what_changes_files_is_asked_for(talks: Talks, server: ModelServer) -> None:
    server.will(bash("echo x >a.txt"), bash("echo x >a.txt"), Reply(content="ok"))
    person = Person(Answer(allowed=False, reason="not that file"), Answer(allowed=True))
    async with talks.open("ask", person=person) as conversation:
        assert results(await say(conversation, "go"))[0] == "Not allowed: not that file"
    assert [request.effect for request in person.asked] == [Effect.CHANGES, Effect.CHANGES]


async def test_nothing_is_left_of_an_opening_that_failed(talks: Talks, server: ModelServer) -> None:
    server.models = None
    server.close()
    news: list[Progress] = []
    with pytest.raises(ModelError):
        await Conversation.open(talks.opening(), talks.store, report=news.append)
    assert talks.store.ids() == [] and not list(talks.store.folder.glob("*"))


async def test_an_interrupt_ends_the_users_own_command(talks: Talks, server: ModelServer) -> None:
    server.will(Reply(content="I see."))
    async with talks.open() as conversation:
        begun = asyncio.Event()
        running = asyncio.create_task(conversation.shell("echo begun; sleep 60", lambda _text: begun.set()))
        await begun.wait()
        assert await conversation.interrupt()
        ran = await running
        assert ran.exit_code is None and "interrupted by the user" in ran.message.content
        await say(conversation, "and?")
    assert "begun" in server.asked[0].json["messages"][1]["content"]


async def test_a_command_of_the_users_while_the_agent_works_reaches_the_model(
    talks: Talks, server: ModelServer
) -> None:
    server.will(bash("sleep 1; echo agent"), *[Reply(content="I see.")] * 3)
    async with talks.open() as conversation:
        events = []
        async for event in conversation.say("go"):
            events.append(event)
            if isinstance(event, ToolStarted):
                running = asyncio.create_task(conversation.shell("echo by hand"))
                await asyncio.sleep(0)
        assert (await running).exit_code == 0
        assert end(events).reason == "answered"
        await say(conversation, "and now?")
    said = [m["content"] for m in server.asked[-1].json["messages"] if m["role"] == "user"]
    assert [
        words for words in said if words.startswith("The user ran this in the sandbox:\n$ echo by hand\nby hand")
    ]
