"""Each guard: what it notices, what it lets pass, and when it stops the turn."""

import random
from collections.abc import Sequence

import pytest
from scripted import (
    ScriptedModel,
    Silence,
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
    user_words,
)

from agent.events import GuardNoticed, Replied, ToolFinished
from agent.guards import flood, repeat, stuck, thinking
from agent.guards.base import Guard, Notice
from agent.guards.empty_patch import REFUSALS, EmptyPatch
from agent.guards.stale_tests import StaleTests
from agent.guards.standard import fix_guards
from agent.patch_files import is_test, touched_files
from agent.turn import Turn
from model_runtime.base import ContentDelta, ReasoningDelta, Retrying
from model_runtime.messages import ToolCall
from sandbox.base import CommandResult
from sandbox.local import LocalSandbox
from tools.base import ToolResult
from tools.toolbox import Toolbox

LS = call("bash", command="ls")


async def noticed(guard: Guard, steps: Sequence[tuple[ToolCall, ToolResult]]) -> list[Notice | None]:
    return [await guard.after(made, result) for made, result in steps]


def counts(notices: Sequence[Notice | None]) -> list[int]:
    """Which steps, counted from 1, were noticed."""
    return [number for number, notice in enumerate(notices, start=1) if notice]


def command(text: str, *, job: int | None = None) -> ToolResult:
    return ToolResult(text, command=CommandResult(0, text, len(text), "/out", None, 0.1, job=job))


async def test_the_ladder_reminds_at_three_five_and_eight_and_stops_at_twelve() -> None:
    found = await noticed(repeat.RepeatLadder(), [(LS, ToolResult("a"))] * 12)
    assert counts(found) == [3, 5, 8, 12]
    assert [notice.stop for notice in found if notice] == [False, False, False, True]


async def test_the_ladder_sees_repeats_that_are_not_in_a_row() -> None:
    round_of_three = [(call("bash", command=c), ToolResult(c)) for c in ("ls", "pwd", "cat x")]
    assert counts(await noticed(repeat.RepeatLadder(), round_of_three * 3)) == [7, 8, 9]


async def test_the_same_call_is_the_same_however_its_arguments_are_written() -> None:
    first = ToolCall(id="1", name="bash", arguments='{"command": "ls", "timeout": 5}')
    second = ToolCall(id="2", name="bash", arguments='{"timeout":5,"command":"ls"}')
    found = await noticed(repeat.RepeatLadder(), [(first, ToolResult("a")), (second, ToolResult("a"))] * 2)
    assert counts(found) == [3]


async def test_a_duration_does_not_make_a_result_another_one() -> None:
    steps = [(LS, ToolResult(f"1 failed in 0.{n}3s")) for n in range(3)]
    assert counts(await noticed(repeat.RepeatLadder(), steps)) == [3]


async def test_honest_work_does_not_climb_the_ladder() -> None:
    tests = call("bash", command="pytest")
    edits = [(tests, ToolResult("1 failed")), (call("str_replace"), ToolResult("ok", diff="-a\n+b"))]
    polls = [(call("job_output", job=1), command("(nothing new)", job=1))]
    changing = [(tests, ToolResult(f"{n} failed")) for n in range(20)]
    assert not any(await noticed(repeat.RepeatLadder(), edits * 20))
    assert not any(await noticed(repeat.RepeatLadder(), polls * 20))
    assert not any(await noticed(repeat.RepeatLadder(), changing))


async def test_a_failed_edit_does_not_reset_the_ladder() -> None:
    failing = [(LS, ToolResult("a")), (call("str_replace"), ToolResult("no match", is_error=True))]
    assert counts(await noticed(repeat.RepeatLadder(), failing * 3)) == [5, 6]


async def test_the_ladder_stops_a_turn(toolbox: Toolbox) -> None:
    model = ScriptedModel(*[bash("echo same") for _ in range(repeat.STOP_AT)])
    turn = Turn(history(), model, toolbox, guards=(repeat.RepeatLadder(),))
    events = await played(turn)
    assert end(events).reason == "limit"
    assert "12 times" in end(events).detail
    told = [event.text for event in events if isinstance(event, GuardNoticed)]
    assert len(told) == 4
    for text, number in zip(told, (3, 5, 8, 12), strict=True):
        assert text in results(turn.history)[number - 1]


async def test_of_a_flood_of_calls_only_the_first_are_run(toolbox: Toolbox) -> None:
    many = calls(*[call("bash", command=f"echo {n} >>ran") for n in range(12)])
    turn = Turn(history(), ScriptedModel(many, bash("cat ran"), finish()), toolbox, guards=(flood.Flood(),))
    events = await played(turn)
    assert results(turn.history)[12].split()[: flood.MOST] == [str(n) for n in range(flood.MOST)]
    assert results(turn.history)[flood.MOST : 12] == [flood.SURPLUS] * 4
    assert kind(events).count("guard_noticed") == 1


async def test_duplicates_in_a_reply_are_cancelled(toolbox: Toolbox) -> None:
    many = calls(*[call("bash", command="echo x >>ran") for _ in range(30)])
    turn = Turn(history(), ScriptedModel(many, bash("cat ran"), finish()), toolbox, guards=(flood.Flood(),))
    await played(turn)
    assert results(turn.history)[1:30] == [flood.DUPLICATE] * 29
    assert results(turn.history)[30].startswith("x\n[exit")


async def test_flood_after_flood_stops_the_turn(toolbox: Toolbox) -> None:
    floods = [calls(*[LS.model_copy(update={"id": str(n)}) for n in range(3)]) for _ in range(flood.STOP_AT)]
    turn = Turn(history(), ScriptedModel(*floods), toolbox, guards=(flood.Flood(),))
    assert end(await played(turn)).reason == "limit"
    assert turn.history.open_calls == ()


async def test_floods_with_good_replies_between_do_not_stop_the_turn(toolbox: Toolbox) -> None:
    twice = calls(LS, LS.model_copy(update={"id": "again"}))
    script = [reply for _ in range(flood.STOP_AT + 1) for reply in (twice, bash("true"))]
    turn = Turn(history(), ScriptedModel(*script, finish()), toolbox, guards=(flood.Flood(),))
    assert end(await played(turn)).reason == "finished"


async def test_the_same_step_four_times_is_stuck_and_eight_times_is_the_end() -> None:
    found = await noticed(stuck.Stuck(), [(LS, ToolResult("a"))] * 8)
    assert counts(found) == [4, 8]
    assert found[7] is not None and found[7].stop


async def test_three_errors_in_a_row_are_noticed() -> None:
    wrong = [(call("bash", command=str(n)), ToolResult(f"error {n}", is_error=True)) for n in range(10)]
    found = await noticed(stuck.Stuck(), wrong)
    assert counts(found) == [3, 6, 9, 10]
    assert found[9] is not None and found[9].stop
    right = (call("bash", command="x"), ToolResult("fine"))
    assert not any(await noticed(stuck.Stuck(), [wrong[0], wrong[1], right, wrong[2], wrong[3], right]))


async def test_two_steps_in_turn_are_noticed_at_the_sixth_time() -> None:
    pair = [(LS, ToolResult("a")), (call("bash", command="pwd"), ToolResult("b"))]
    found = await noticed(stuck.Stuck(), pair * 10)
    assert counts(found) == [12, 20]
    assert found[19] is not None and found[19].stop


async def test_steps_with_new_results_are_not_stuck() -> None:
    steps = [(made, ToolResult(str(n))) for n in range(20) for made in (LS, call("bash", command="pwd"))]
    assert not any(await noticed(stuck.Stuck(), steps))


async def test_thinking_beyond_the_cap_is_cut_off_and_stays_in_the_history(toolbox: Toolbox) -> None:
    endless = Silence(*[ReasoningDelta(f"thought {n} about {n * 7919 % 1000}, ") for n in range(200)])
    turn = Turn(
        history(), ScriptedModel(endless, finish()), toolbox, guards=(thinking.ThinkingCap(1000),), stream=True
    )
    events = await played(turn)
    assert endless.closed
    cut = next(event for event in events if isinstance(event, Replied))
    assert cut.finish_reason == "cut"
    assert cut.message.reasoning_content.startswith("thought 0")
    assert "act" in user_words(turn.history)[-1]
    assert end(events).reason == "finished"


@pytest.mark.parametrize("size", [1, 7, 200])
def test_thinking_that_goes_in_circles_is_cut_where_it_began_to(size: int) -> None:
    start = "First I read the parser, which keeps a list of its open brackets and closes them in order. "
    circle = "Wait, step {} is wrong, so let me look at the whole file from its beginning once more. "
    text = start + "".join(circle.format(n) for n in range(10, 90))
    guard = thinking.ThinkingCap()
    cuts = [guard.streamed(ReasoningDelta(text[at : at + size])) for at in range(0, len(text), size)]
    first = next(cut for cut in cuts if cut)
    assert first.keep is not None
    assert len(start) < first.keep < len(start) + 3 * len(circle)


def test_long_thinking_that_says_new_things_is_left_alone() -> None:
    guard = thinking.ThinkingCap()
    chance = random.Random(1)
    text = " ".join(f"{chance.choice('abcdefgh') * chance.randint(1, 9)}" for _ in range(10_000))
    ruler = "-" * 4000 + "\n" + " " * 4000
    assert not any(guard.streamed(ReasoningDelta(piece)) for piece in (text[:60_000], ruler))


def test_answers_are_not_thinking_and_a_retry_starts_anew() -> None:
    guard = thinking.ThinkingCap(100)
    assert guard.streamed(ContentDelta("a" * 1000)) is None
    assert guard.streamed(ReasoningDelta("b" * 99)) is None
    guard.asked()
    assert guard.streamed(ReasoningDelta("b" * 99)) is None


async def test_a_retried_stream_does_not_count_its_thinking_twice(toolbox: Toolbox) -> None:
    half = [ReasoningDelta("x" * 80), Retrying("broken", 1, 0.0)]
    model = ScriptedModel([*half, ReasoningDelta("y" * 80), said(finish())])
    turn = Turn(history(), model, toolbox, guards=(thinking.ThinkingCap(100),), stream=True)
    assert end(await played(turn)).reason == "finished"


async def test_the_third_cut_stops_the_turn(toolbox: Toolbox) -> None:
    endless = [Silence(ReasoningDelta("x" * 200)) for _ in range(thinking.STOP_AT)]
    turn = Turn(history(), ScriptedModel(*endless), toolbox, guards=(thinking.ThinkingCap(100),), stream=True)
    events = await played(turn)
    assert end(events).reason == "limit"
    assert "The model's thinking" in end(events).detail
    assert kind(events).count("replied") == thinking.STOP_AT


async def test_finish_without_a_change_is_refused_twice_and_then_accepted(
    toolbox: Toolbox, sandbox: LocalSandbox
) -> None:
    script = [finish() for _ in range(REFUSALS + 1)]
    turn = Turn(history(), ScriptedModel(*script), toolbox, guards=(EmptyPatch(sandbox.diff),))
    events = await played(turn)
    assert kind(events).count("guard_noticed") == REFUSALS
    assert end(events).reason == "finished"


async def test_a_patch_of_tests_alone_is_no_fix(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    script = [bash("mkdir tests; echo >tests/test_a.py"), finish(), bash("echo >a.py"), finish()]
    turn = Turn(history(), ScriptedModel(*script), toolbox, guards=(EmptyPatch(sandbox.diff),))
    events = await played(turn)
    refused = [event for event in events if isinstance(event, ToolFinished) and event.is_error]
    assert len(refused) == 1
    assert "tests/test_a.py" in refused[0].message.content


async def test_finish_after_an_untested_edit_is_refused_once(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    script = [
        *(bash("echo 1 >a.py"), bash("echo pytest -q"), bash("sed -i s/1/2/ a.py")),
        *(finish("too early"), bash("true; python3 -m pytest --version"), finish("tested")),
    ]
    turn = Turn(history(), ScriptedModel(*script), toolbox, guards=(StaleTests(sandbox.diff),))
    events = await played(turn)
    told = [event.text for event in events if isinstance(event, GuardNoticed)]
    assert len(told) == 1
    assert "older than the last edit" in told[0]
    assert end(events).detail == "tested"


async def test_tests_that_cannot_be_run_do_not_keep_a_turn_from_its_end(
    toolbox: Toolbox, sandbox: LocalSandbox
) -> None:
    guard = StaleTests(sandbox.diff, "./run-the-tests")
    turn = Turn(
        history(), ScriptedModel(bash("echo 1 >a.py"), finish(), finish("no tests")), toolbox, guards=(guard,)
    )
    events = await played(turn)
    assert "./run-the-tests" in results(turn.history)[1]
    assert end(events).detail == "no tests"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *(("tests/data/x.json", True), ("src/test_a.py", True), ("a_test.go", True), ("x.spec.ts", True)),
        *(("src/latest.py", False), ("contest.py", False), ("attest/core.py", False), ("conftest.py", True)),
    ],
)
def test_tests_are_known_by_their_paths(path: str, expected: bool) -> None:
    assert is_test(path) is expected


async def test_the_files_of_a_patch_are_known_by_their_names(sandbox: LocalSandbox) -> None:
    await sandbox.run("mkdir 'a b'; echo 1 >'a b/c d.py'; echo 2 >über.py; seq 99 >old")
    await sandbox.checkpoint()
    await sandbox.run("mv old 'new b'")
    assert touched_files(await sandbox.diff()) == ["a b/c d.py", "new b", r"\303\274ber.py"]
    assert touched_files(await sandbox.diff(1)) == ["new b"]


async def test_a_good_turn_is_told_nothing(toolbox: Toolbox, sandbox: LocalSandbox) -> None:
    script = [bash("ls"), bash("echo 1 >a.py"), bash("python3 -m pytest --version"), finish()]
    turn = Turn(history(), ScriptedModel(*script), toolbox, guards=fix_guards(sandbox.diff), stream=True)
    events = await played(turn)
    assert "guard_noticed" not in kind(events)
    assert end(events).reason == "finished"
