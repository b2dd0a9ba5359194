"""Limits: the model is told once when the end comes near, and the turn stops when it is reached."""

from itertools import count

import pytest
from scripted import ScriptedModel, answer, bash, end, finish, history, played, results, said, user_words

from agent.events import GuardNoticed
from agent.limits import Budget, Limit, ModelTimeLimit, Spent, StepLimit, TokenLimit, WallTimeLimit, duration
from agent.turn import Turn
from model_runtime.base import Usage
from tools.toolbox import Toolbox


class Clock:
    """Goes on by one second whenever somebody looks."""

    def __init__(self) -> None:
        self._ticks = count()

    def __call__(self) -> float:
        return float(next(self._ticks))


COST = Usage(prompt_tokens=90, completion_tokens=10)


@pytest.mark.parametrize(
    ("limit", "steps", "words"),
    [
        (StepLimit(5), 5, "5 steps"),
        (TokenLimit(500), 5, "500 tokens"),
        (ModelTimeLimit(10.0), 5, "10 s of model time"),
        (WallTimeLimit(60.0), None, "1 min of wall time"),
    ],
)
async def test_a_turn_stops_at_its_limit_and_says_which(
    toolbox: Toolbox, limit: Limit, steps: int | None, words: str
) -> None:
    script = [said(bash(f"echo {n}"), usage=COST, seconds=2.0) for n in range(50)]
    turn = Turn(history(), ScriptedModel(*script), toolbox, limits=(limit,), clock=Clock())
    events = await played(turn)
    assert end(events).reason == "limit"
    assert words in end(events).detail
    if steps is not None:
        assert turn.history.steps == steps
    told = [event for event in events if isinstance(event, GuardNoticed)]
    assert [event.guard for event in told] == [limit.name]
    assert any(told[0].text in result for result in results(turn.history))


async def test_the_model_is_told_how_much_is_left(toolbox: Toolbox) -> None:
    turn = Turn(history(), ScriptedModel(*[bash("true"), bash("true"), finish()]), toolbox, limits=(StepLimit(3),))
    assert end(await played(turn)).reason == "finished"
    assert "left" not in results(turn.history)[0]
    assert "Only 1 step is left of 3 steps" in results(turn.history)[1]


async def test_a_model_that_only_talks_is_told_too(toolbox: Toolbox) -> None:
    turn = Turn(
        history(), ScriptedModel(answer("hm"), finish()), toolbox, limits=(StepLimit(2),), must_finish=True
    )
    await played(turn)
    assert "is left of 2 steps" in user_words(turn.history)[-1]


def test_each_limit_is_told_once() -> None:
    spent = Spent(Clock())
    budget = Budget((StepLimit(10), TokenLimit(1000)), spent)
    spent.steps = 8
    assert budget.near() == []
    spent.steps = 9
    assert [name for name, _ in budget.near()] == ["steps"]
    assert budget.near() == []
    spent.add(COST, 0.0)
    spent.tokens = 900
    assert [name for name, _ in budget.near()] == ["tokens"]
    assert budget.reached() is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "0.25 s"), (45, "45 s"), (90, "2 min"), (3600, "1 h"), (5400, "1 h 30 min")]
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
