"""Each limit over a whole run stops new starts before what is under way would pass it."""

from pathlib import Path
from typing import Any

import pytest
from model_server import Call, ModelServer, Reply
from running_bench import TinyRun
from tiny import GOLD

from evals.models.gold import apply_command
from evals.running.budget import Budget, Prices, RunLimits

pytestmark = pytest.mark.timeout(300)  # seconds on a quiet machine

READ, WRITTEN, REPLIES = 900, 100, 3
PRICES = Prices(read=10.0, cached=1.0, written=50.0)
FOUR_ATTEMPTS = 4 * REPLIES * (READ + WRITTEN)
THEIR_MONEY = 4 * REPLIES * (READ * 10.0 + WRITTEN * 50.0) / 1e6
NUMBER = 7


def solver(request: dict[str, Any]) -> Reply:
    """Edits, then finishes; every reply takes a while and costs the same."""
    begun = any(message["role"] == "assistant" for message in request["messages"])
    call = Call("finish", {"summary": "done"}) if begun else Call("bash", {"command": apply_command(GOLD)})
    usage = {"prompt_tokens": READ, "completion_tokens": WRITTEN, "total_tokens": READ + WRITTEN}
    return Reply(calls=(call,), usage=usage, delay_s=0.05)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param(RunLimits(tokens=FOUR_ATTEMPTS), "12,000 tokens", id="tokens"),
        pytest.param(RunLimits(money=THEIR_MONEY), "a cost of 0.17", id="money"),
        pytest.param(RunLimits(gpu_seconds=1.0), "1 GPU-seconds", id="gpu-seconds"),
        pytest.param(RunLimits(hours=1.0 / 3600), "1 s", id="hours"),
    ],
)
def test_it_stops_new_starts_in_time(tmp_path: Path, limits: RunLimits, words: str) -> None:
    with ModelServer(*[solver] * 200) as server:
        run = TinyRun(
            tmp_path, NUMBER, model="", workers=1, limits=limits, prices=PRICES, gpus=4,
            flags={"model__base_url": server.url},
        )  # fmt: skip
        end = run.go()
        ends = run.ends()

        assert end.reason == "limit"
        assert words in end.detail
        assert 0 < len(ends) < NUMBER
        assert {result.state for result in run.read().results} == {"graded", "waiting"}, "what ran is graded"
        spent = Budget(RunLimits(), PRICES, [each.cost for each in ends]).total({})
        if limits.tokens:
            assert spent.tokens <= limits.tokens
        if limits.money:
            assert spent.money <= limits.money
