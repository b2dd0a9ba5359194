"""In plan mode nothing is changed until the user has accepted the plan."""

import asyncio
from pathlib import Path

from model_server import Call, Reply
from talks import Person, Talks, bash, end, results, say

from agent.knowledge.assembly import Knowledge
from agent.log import read_log
from agent.permission.base import Answer, PermissionRequest
from agent.todo import todo_of


def plan(text: str) -> Reply:
    return Reply(calls=(Call("plan", {"plan": text}),))


def knowledge(talks: Talks) -> Knowledge:
    return Knowledge({"HOME": str(talks.state)})


async def test_only_reading_goes_until_the_plan_is_accepted(talks: Talks) -> None:
    talks.server.will(
        bash("touch early"),
        plan("first try"),
        plan("1. touch late"),
        bash("touch late; ls"),
        Reply(content="done"),
    )
    person = Person(Answer(False, reason="too short"), Answer(True))
    mine = knowledge(talks)
    async with talks.open("auto", assemble=mine, person=person) as conversation:
        assert mine.plan is not None
        conversation.opened.session.tell_first(mine.plan.enter())
        assert conversation.standing.locked
        told = results(await say(conversation, "do it"))
        assert not conversation.standing.locked
    assert told[0].startswith("Not allowed: plan mode: only reading goes")
    assert told[1] == "The user does not accept the plan: too short"
    assert told[2] == "The plan is accepted. Carry it out."
    assert "late" in told[3] and "early" not in told[3]
    assert [request.detail for request in person.asked] == ["first try", "1. touch late"]


async def test_where_nobody_can_be_asked_the_plan_is_the_result(talks: Talks) -> None:
    talks.server.will(plan("1. mend it"))
    mine = knowledge(talks)
    async with talks.open("auto", assemble=mine) as conversation:
        assert mine.plan is not None
        conversation.opened.session.tell_first(mine.plan.enter())
        ended = end(await say(conversation, "plan it"))
        assert mine.plan.active
    assert (ended.reason, ended.detail) == ("finished", "1. mend it")


async def test_a_session_that_goes_on_is_still_in_plan_mode(talks: Talks) -> None:
    talks.server.will(Reply(content="I look."))
    mine = knowledge(talks)
    async with talks.open("auto", assemble=mine) as conversation:
        assert mine.plan is not None
        conversation.opened.session.tell_first(mine.plan.enter())
        await say(conversation, "plan it")
    talks.server.will(plan("1. mend it"), Reply(content="done"))
    person = Person(Answer(True))
    mine = knowledge(talks)
    async with talks.open("auto", assemble=mine, person=person, session="last") as conversation:
        assert mine.plan is not None and mine.plan.active
        await say(conversation, "well?")
        assert not mine.plan.active
    mine = knowledge(talks)
    async with talks.open("auto", assemble=mine, session="last"):
        assert mine.plan is not None and not mine.plan.active


async def test_without_plan_mode_nobody_waits_for_a_plan(talks: Talks) -> None:
    talks.server.will(plan("1. mend it"), Reply(content="done"))
    async with talks.open("auto", assemble=knowledge(talks), person=Person()) as conversation:
        told = results(await say(conversation, "go"))
    assert "not in plan mode" in told[0]


class Absent:
    """Never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def ask(self, request: PermissionRequest) -> Answer:  # noqa: ARG002
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_interrupt_does_not_wait_for_the_answer(talks: Talks) -> None:
    talks.server.will(plan("1. mend it"))
    mine, absent = knowledge(talks), Absent()
    async with talks.open("auto", assemble=mine) as conversation:
        assert mine.plan is not None
        mine.plan.enter()
        conversation.permissions.asker = absent
        turn = asyncio.create_task(say(conversation, "go"))
        await asyncio.wait_for(absent.asked.wait(), 10)
        await conversation.interrupt()
        events = await asyncio.wait_for(turn, 5)
    assert end(events).reason == "interrupted" and results(events) == ["Interrupted by the user."]


async def test_a_rewind_brings_back_the_mode_and_the_list(talks: Talks) -> None:
    def todo(text: str) -> Reply:
        return Reply(calls=(Call("todo", {"items": [{"text": text}]}),))

    talks.server.will(
        todo("first"), Reply(content="I look."), todo("second"), plan("1. mend"), Reply(content="done")
    )
    mine, person = knowledge(talks), Person(Answer(True))
    async with talks.open("auto", assemble=mine, person=person) as conversation:
        assert mine.plan is not None
        conversation.opened.session.tell_first(mine.plan.enter())
        await say(conversation, "look")
        await say(conversation, "plan it")
        assert not mine.plan.active and shown(conversation.folder) == ["second"]
        await conversation.timeline.undo()
        assert mine.plan.active and shown(conversation.folder) == ["first"]
        await conversation.timeline.redo()
        assert not mine.plan.active and shown(conversation.folder) == ["second"]


def shown(folder: Path) -> list[str]:
    return [item.text for item in todo_of(record.event for record in read_log(folder))]
