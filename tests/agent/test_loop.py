"""One turn: what the loop does with each kind of reply, in which order, and how it comes to its end."""

import asyncio

import pytest
from scripted import (
    ScriptedModel,
    Silence,
    answer,
    bash,
    call,
    calls,
    end,
    finish,
    history,
    kind,
    played,
    results,
    said,
)

from agent.approval import Decision
from agent.events import (
    CallStreamed,
    ContentStreamed,
    Replied,
    ReplyRepaired,
    RequestRetried,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    UserSaid,
)
from agent.history import History
from agent.loop import LOST, NUDGES, TRIES, run_turn
from agent.stop import Stop
from agent.turn import Turn
from model_runtime.base import ContentDelta, ReasoningDelta, Repaired, Retrying
from model_runtime.errors import ModelUnavailable
from model_runtime.messages import AssistantMessage, SystemMessage, ToolCall, UserMessage
from sandbox.errors import SandboxDied
from sandbox.local import LocalSandbox
from tools.toolbox import Toolbox


async def test_calls_are_run_until_the_model_finishes(toolbox: Toolbox) -> None:
    model = ScriptedModel(bash("echo one"), finish("all is well"))
    turn = Turn(history(), model, toolbox)
    events = await played(turn)
    assert kind(events) == [
        *("replied", "tool_started", "tool_output", "tool_finished"),
        *("replied", "tool_started", "tool_finished", "turn_ended"),
    ]
    assert end(events) == TurnEnded(reason="finished", detail="all is well")
    assert "one" in results(turn.history)[0]


async def test_several_calls_of_a_reply_are_run_in_order(toolbox: Toolbox) -> None:
    made = [call("bash", command=f"echo {word} >>said; cat said") for word in ("one", "two", "three")]
    turn = Turn(history(), ScriptedModel(calls(*made), answer("ok")), toolbox)
    events = await played(turn)
    finished = [event.call for event in events if isinstance(event, ToolFinished)]
    assert finished == made
    assert results(turn.history)[2].startswith("one\ntwo\nthree")


async def test_finish_beside_other_calls_comes_last(toolbox: Toolbox) -> None:
    made = [call("finish", summary="done"), call("bash", command="touch late")]
    turn = Turn(history(), ScriptedModel(calls(*made)), toolbox)
    events = await played(turn)
    assert [event.call.name for event in events if isinstance(event, ToolFinished)] == ["bash", "finish"]
    assert end(events).reason == "finished"


async def test_a_bad_call_is_answered_and_the_turn_goes_on(toolbox: Toolbox) -> None:
    bad = ToolCall(id="x", name="bash", arguments='{"cmd": "ls"}')
    turn = Turn(history(), ScriptedModel(calls(bad), calls(call("nothing")), finish()), toolbox)
    events = await played(turn)
    errors = [event for event in events if isinstance(event, ToolFinished) and event.is_error]
    assert len(errors) == 2
    assert "command" in errors[0].message.content
    assert "no tool named" in errors[1].message.content
    assert end(events).reason == "finished"


async def test_output_is_told_while_the_command_runs(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    turn = Turn(
        history(), ScriptedModel(bash("echo early; until [ -e go ]; do sleep 0.02; done"), finish()), toolbox
    )
    told = []
    async for event in run_turn(turn):
        if isinstance(event, ToolOutput):
            told.append(event.text)
            # The command waits for this file, so its output has come out before its end.
            await sandbox.write("go", b"")
    assert "".join(told) == "early\n"


async def test_a_reply_is_told_piece_by_piece_where_somebody_watches(toolbox: Toolbox) -> None:
    turn = Turn(history(), ScriptedModel(bash("true"), answer("a longer answer")), toolbox, stream=True)
    events = await played(turn)
    assert "".join(event.text for event in events if isinstance(event, ContentStreamed)) == "a longer answer"
    streamed = [event for event in events if isinstance(event, CallStreamed)]
    assert streamed[0].name == "bash"
    assert "".join(event.arguments for event in streamed) == '{"command": "true"}'
    assert all(request.stream for request in turn.model.requests)  # type: ignore[attr-defined]


async def test_retries_and_repairs_are_events(toolbox: Toolbox) -> None:
    script = [
        ContentDelta("bro"),
        Retrying("the stream broke", 1, 0.0),
        Repaired("call_in_thinking", "bash"),
        said(answer("ok")),
    ]
    events = await played(Turn(history(), ScriptedModel(script), toolbox, stream=True))
    assert RequestRetried(reason="the stream broke", attempt=1, wait_s=0.0) in events
    assert ReplyRepaired(kind="call_in_thinking", detail="bash") in events
    assert end(events).reason == "answered"


async def test_an_answer_ends_the_turn(toolbox: Toolbox) -> None:
    assert end(await played(Turn(history(), ScriptedModel(answer("42")), toolbox))) == TurnEnded(reason="answered")


async def test_a_model_that_must_finish_is_reminded_before_its_talk_is_an_answer(toolbox: Toolbox) -> None:
    talk = [answer(f"I would say {number}") for number in range(NUDGES + 1)]
    turn = Turn(history(), ScriptedModel(*talk), toolbox, must_finish=True)
    events = await played(turn)
    reminders = [event for event in events if isinstance(event, UserSaid)]
    assert len(reminders) == NUDGES
    assert all(event.by == "mimosa" and "finish" in event.message.content for event in reminders)
    assert end(events).reason == "answered"


@pytest.mark.parametrize(
    "poor",
    [said(AssistantMessage()), said(AssistantMessage(reasoning_content="hm")), said(answer("half"), "length")],
)
async def test_empty_and_cut_off_replies_are_tried_again_and_then_stop(toolbox: Toolbox, poor: object) -> None:
    turn = Turn(history(), ScriptedModel(*[poor] * (TRIES + 1)), toolbox)  # type: ignore[list-item]
    events = await played(turn)
    assert end(events).reason == "limit"
    assert len([event for event in events if isinstance(event, UserSaid)]) == TRIES


async def test_a_good_reply_starts_the_count_of_poor_ones_again(toolbox: Toolbox) -> None:
    poor = said(AssistantMessage())
    script = [*[poor] * TRIES, bash("true"), *[poor] * TRIES, finish()]
    assert end(await played(Turn(history(), ScriptedModel(*script), toolbox))).reason == "finished"


async def test_a_call_that_was_cut_off_is_not_run(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    turn = Turn(history(), ScriptedModel(said(bash("touch made"), "length"), finish()), toolbox)
    events = await played(turn)
    assert "Not run" in results(turn.history)[0]
    assert "tool_started" not in kind(events)[:2]
    assert (await sandbox.run("ls")).output == ""


async def test_steering_is_put_in_at_the_next_step(toolbox: Toolbox) -> None:
    waiting: list[UserSaid] = []

    def inbox() -> list[UserSaid]:
        taken = waiting[:]
        waiting.clear()
        return taken

    turn = Turn(history(), ScriptedModel(bash("true"), finish()), toolbox, inbox=inbox)
    order = []
    async for event in run_turn(turn):
        order.append(event.type)
        if isinstance(event, ToolStarted) and not turn.history.own_words[1:]:
            waiting.append(UserSaid(message=UserMessage(content="the other file")))
    assert order.index("user_said") == order.index("tool_finished") + 1
    assert turn.history.own_words == ["the task", "the other file"]


async def test_a_message_that_waits_when_the_model_answers_is_answered_too(toolbox: Toolbox) -> None:
    inboxes = iter([[], [UserSaid(message=UserMessage(content="and now?"))]])
    turn = Turn(history(), ScriptedModel(answer("one"), answer("two")), toolbox, inbox=lambda: next(inboxes, []))
    events = await played(turn)
    assert kind(events) == ["replied", "user_said", "replied", "turn_ended"]


async def test_what_is_not_allowed_is_not_run_and_the_model_hears_why(toolbox: Toolbox) -> None:
    class NoRm:
        async def __call__(self, asked: ToolCall) -> Decision:
            return Decision("rm" not in asked.arguments, "nothing is deleted here")

    turn = Turn(history(), ScriptedModel(bash("rm -r ."), bash("echo fine"), finish()), toolbox, approve=NoRm())
    events = await played(turn)
    assert "nothing is deleted here" in results(turn.history)[0]
    assert [event.call.name for event in events if isinstance(event, ToolStarted)] == ["bash", "finish"]


async def test_each_event_has_joined_the_history_when_it_is_told(toolbox: Toolbox) -> None:
    turn = Turn(history(), ScriptedModel(bash("echo 1"), finish()), toolbox)
    async for event in run_turn(turn):
        if isinstance(event, Replied | ToolFinished):
            assert turn.history.messages[-1] == event.message


async def test_a_model_error_passes_and_the_history_stays_whole(toolbox: Toolbox) -> None:
    turn = Turn(history(), ScriptedModel(bash("true"), ModelUnavailable("gone"), finish()), toolbox)
    with pytest.raises(ModelUnavailable):
        await played(turn)
    assert turn.history.open_calls == ()
    assert end(await played(turn)).reason == "finished"


async def test_a_dead_sandbox_passes_and_its_call_is_answered_in_the_next_turn(toolbox: Toolbox) -> None:
    class Dying(Toolbox):
        async def call(self, *_: object) -> object:  # type: ignore[override]
            raise SandboxDied("the container is gone")

    turn = Turn(history(), ScriptedModel(bash("true"), finish()), Dying((), None))  # type: ignore[arg-type]
    with pytest.raises(SandboxDied):
        await played(turn)
    assert len(turn.history.open_calls) == 1
    again = Turn(turn.history, turn.model, toolbox)
    assert end(await played(again)).reason == "finished"
    assert results(turn.history)[0] == LOST


async def test_a_stop_while_the_model_thinks_drops_the_request(toolbox: Toolbox) -> None:
    silence, stop = Silence(ReasoningDelta("hm")), Stop()
    turn = Turn(history(), ScriptedModel(silence), toolbox, stop=stop, stream=True)
    before = turn.history.messages
    playing = asyncio.create_task(played(turn))
    await silence.reached.wait()
    stop.set()
    assert end(await playing).reason == "interrupted"
    assert silence.closed
    assert turn.history.messages == before


async def test_a_stop_while_a_command_runs_keeps_its_output_and_answers_every_call(
    toolbox: Toolbox, sandbox: LocalSandbox
) -> None:
    stop = Stop()
    made = [call("bash", command="echo so far; sleep 60"), call("bash", command="touch never")]
    turn = Turn(history(), ScriptedModel(calls(*made)), toolbox, stop=stop)
    events = []
    async for event in run_turn(turn):
        events.append(event)
        if isinstance(event, ToolOutput):
            stop.set()
            await sandbox.interrupt()
    assert end(events).reason == "interrupted"
    assert turn.history.open_calls == ()
    first, second = results(turn.history)
    assert "so far" in first and "interrupted" in first
    assert second.startswith("Not run")


async def test_a_cancelled_turn_ends_its_command(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    turn = Turn(history(), ScriptedModel(bash("echo started; sleep 60.4711; touch ended"), finish()), toolbox)
    started = asyncio.Event()

    async def play() -> None:
        async for event in run_turn(turn):
            if isinstance(event, ToolOutput):
                started.set()

    playing = asyncio.create_task(play())
    await started.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    listed = await sandbox.run("ps -o args= -u $(id -u)")
    assert "sleep 60.4711" not in listed.output
    assert end(await played(turn)).reason == "finished"


def test_a_history_refuses_what_would_not_be_valid() -> None:
    fresh = History(SystemMessage(content="s"))
    fresh.apply(
        Replied(step=1, message=bash("ls"), finish_reason="tool_calls", usage=said(bash("ls")).usage, seconds=0)
    )
    with pytest.raises(ValueError, match="must be answered"):
        fresh.apply(UserSaid(message=UserMessage(content="hello")))
