"""A subagent has a context of its own under the same head, limits of its own, and a report to show."""

import asyncio
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_server import Call, Hang, Reply, Status
from talks import Person, Talks, bash, end, results, say

from agent.events import Replied, SessionStarted, ToolOutput
from agent.knowledge.assembly import Knowledge
from agent.log import read_log
from agent.permission.base import Answer
from agent.session_summary import summarise


def task(text: str, **more: str) -> Reply:
    return Reply(calls=(Call("task", {"task": text, **more}),))


def finish(summary: str) -> Reply:
    return Reply(calls=(Call("finish", {"summary": summary}),))


def knowledge(talks: Talks) -> Knowledge:
    return Knowledge({"HOME": str(talks.state)})


def define(talks: Talks, name: str, text: str) -> None:
    folder = talks.state / ".config" / "mimosa" / "agents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text)


def sessions(talks: Talks) -> dict[str, Path]:
    return {summarise(talks.store.folder / id_).command: talks.store.folder / id_ for id_ in talks.store.ids()}


def usage_of(folder: Path) -> int:
    replies = [record.event for record in read_log(folder) if isinstance(record.event, Replied)]
    return sum(reply.usage.prompt_tokens for reply in replies)


async def test_it_works_on_the_same_files_and_reports(talks: Talks) -> None:
    talks.server.will(
        bash("mkdir deep && cd deep && export SAID=me"),
        task("make it"),
        bash("pwd; echo made > made.txt"),
        finish("made.txt is there"),
        bash("pwd; cat ../made.txt"),
        Reply(content="done"),
    )
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
        parent = conversation.folder
        counted = conversation.standing
    report, after = results(events)[1:]
    found = sessions(talks)
    assert report.startswith("made.txt is there\n\n[session ") and "changed: made.txt" in report
    assert after.startswith(str(conversation.opened.sandbox.workspace) + "/deep\nmade")
    start = read_log(found["task"])[0].event
    assert isinstance(start, SessionStarted)
    assert (start.parent, start.task) == (parent.name, "make it")
    assert summarise(found["task"]).exit_code == 0
    assert talks.store.find("last") == parent
    asked = [usage_of(folder) for folder in found.values()]
    assert len(asked) == 2 and min(asked) > 0 and counted.read == sum(asked), "the subagent's tokens count"
    async with talks.open(session="last") as again:
        assert again.standing.read == counted.read
    shown = [event.text for event in events if isinstance(event, ToolOutput)]
    assert any(f"session {found['task'].name}" in text for text in shown)
    assert any("1. $ pwd; echo made > made.txt" in text for text in shown)


async def test_what_it_wrote_is_in_the_conversations_share_of_the_server(talks: Talks) -> None:
    def told(written: int) -> str:
        return f"sglang:num_running_reqs 0\nsglang:generation_tokens_total {written}\n"

    def wrote(reply: Reply, tokens: int) -> Reply:
        return replace(reply, usage={"prompt_tokens": 1000, "completion_tokens": tokens})

    def last(_request: dict[str, object]) -> Reply:
        talks.server.routes["/metrics"] = told(500 + 200)
        return wrote(Reply(content="done"), 20)

    talks.server.routes["/metrics"] = told(500)
    talks.server.will(wrote(task("look"), 20), wrote(finish("seen"), 60), last)
    async with talks.open(assemble=knowledge(talks)) as conversation:
        await say(conversation, "go")
        took = await conversation.close()
    assert took is not None
    assert took.share == 0.5, "100 of the 200 tokens that the server wrote meanwhile, 60 of them the subagent's"


async def test_its_head_is_the_conversations_to_the_byte(talks: Talks) -> None:
    talks.server.will(task("look"), finish("seen"), Reply(content="done"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        await say(conversation, "go")
    ours, its, _ = talks.server.asked
    assert json.dumps(ours.json["tools"]) == json.dumps(its.json["tools"])
    assert json.dumps(ours.json["messages"][0]) == json.dumps(its.json["messages"][0])
    assert "look" in its.json["messages"][1]["content"] and its.json["messages"][1]["content"] != "go"


async def test_several_of_one_reply_work_side_by_side(talks: Talks) -> None:
    """Each waits in its first request until the other has asked as well; the results come in the calls' order."""
    both = threading.Barrier(2, timeout=30)

    def answer(request: dict[str, Any]) -> Reply:
        messages = request["messages"]
        mine = "one" if "look at one" in str(messages[1]["content"]) else "two"
        match [message["role"] for message in messages[1:]]:
            case ["user"]:
                both.wait()
                return bash(f"mkdir -p {mine} && cd {mine}")
            case [*_, "tool"] if len(messages) == 4:
                both.wait()
                return bash(f"echo {mine} >here.txt; pwd")
            case _:
                return finish(f"{mine} is done in {messages[-1]['content'].splitlines()[0]}")

    calls = (Call("task", {"task": "look at one"}), Call("task", {"task": "look at two"}))
    talks.server.will(
        Reply(calls=calls), *[answer] * 6, bash("pwd; cat one/here.txt two/here.txt"), Reply(content=".")
    )
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
        workspace = conversation.opened.sandbox.workspace
    one, two, after = results(events)
    assert one.startswith(f"one is done in {workspace}/one") and two.startswith(f"two is done in {workspace}/two")
    assert after.startswith(f"{workspace}\none\ntwo\n")
    kinds = [event.type for event in events if event.type in ("tool_started", "tool_finished")]
    assert kinds[:4] == ["tool_started", "tool_started", "tool_finished", "tool_finished"]


async def test_it_cannot_start_another(talks: Talks) -> None:
    talks.server.will(task("look"), task("you look"), finish("I looked"), Reply(content="done"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        assert "I looked" in results(await say(conversation, "go"))[0]
    assert "cannot start another" in talks.server.asked[2].json["messages"][-1]["content"]


async def test_its_own_limits_end_it_and_not_the_conversation(talks: Talks) -> None:
    define(talks, "short", "---\ndescription: stops early\nsteps: 2\n---\nBe short.")
    talks.server.will(
        task("look", agent="short"), bash("echo 1"), bash("echo 2"), task("x", agent="none"), Reply(content="done")
    )
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
    first, second = results(events)
    assert "It came to no end (limit: the limit of 2 steps is reached)" in first
    assert second == "There is no agent 'none'. Known: short."
    assert "Be short." in talks.server.asked[1].json["messages"][1]["content"]
    assert end(events).reason == "answered"


async def test_on_a_copy_its_changes_come_back_at_the_end(talks: Talks) -> None:
    define(talks, "apart", "---\ndescription: works apart\nsandbox: own\n---\n")
    skill = talks.state / ".config" / "mimosa" / "skills" / "release" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\ndescription: how to release\n---\nlike this")
    talks.server.will(
        bash("echo mine > a.txt"),
        task("change b", agent="apart"),
        bash("cat a.txt; echo changed > b.txt; pwd; cat ../mimosa/skills/release/SKILL.md"),
        finish("b is changed"),
        bash("cat a.txt b.txt"),
        Reply(content="done"),
    )
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
        workspace = conversation.opened.sandbox.workspace
    seen = talks.server.asked[3].json["messages"][-1]["content"]
    assert seen.startswith("mine\n") and workspace not in seen and "like this" in seen
    assert "changed: b.txt" in results(events)[1]
    assert results(events)[2].startswith("mine\nchanged")


async def test_what_it_does_is_asked_for_like_any_other_call(talks: Talks) -> None:
    talks.server.will(task("make it"), bash("touch made"), finish("I may not"), Reply(content="done"))
    person = Person(Answer(False, reason="not that"))
    async with talks.open("ask", assemble=knowledge(talks), person=person) as conversation:
        await say(conversation, "go")
    assert len(person.asked) == 1 and "touch made" in person.asked[0].detail
    assert "not that" in talks.server.asked[2].json["messages"][-1]["content"]


async def test_an_interrupt_reaches_it_and_it_ends_in_order(talks: Talks) -> None:
    talks.server.will(task("think"), Hang(Reply(content="hm")))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        turn = asyncio.create_task(say(conversation, "go"))
        while len(talks.server.asked) < 2:  # noqa: ASYNC110 - the server is in a thread
            await asyncio.sleep(0.02)
        await conversation.interrupt()
        events = await asyncio.wait_for(turn, 8)
    assert end(events).reason == "interrupted"
    assert "It came to no end (interrupted" in results(events)[0]
    child = [record.event.type for record in read_log(sessions(talks)["task"])]
    assert child[-2:] == ["turn_ended", "session_ended"]


async def test_a_model_that_fails_is_a_report_of_it(talks: Talks) -> None:
    talks.server.will(task("look"), Status(400, "no such thing"), Reply(content="a pity"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
    assert "The subagent failed" in results(events)[0] and "no such thing" in results(events)[0]
    assert end(events).reason == "answered"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no head", "no description"),
        ("---\ndescription: x\nsteps: many\n---\n", "steps is a whole number"),
        ("---\ndescription: x\nsandbox: other\n---\n", "sandbox is same or own"),
    ],
)
async def test_a_wrong_definition_is_told(talks: Talks, text: str, why: str) -> None:
    define(talks, "wrong", text)
    mine = knowledge(talks)
    async with talks.open(assemble=mine):
        assert why in mine.notes[0] and not mine.agents
