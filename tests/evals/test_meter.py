"""What an attempt costs, from its events."""

from agent.events import Replied, ServerMeasured
from evals.running.meter import Meter
from model_runtime.base import Usage
from model_runtime.messages import AssistantMessage
from model_runtime.metrics.session import SessionFigures


def test_tokens_come_from_the_replies_and_energy_from_the_server() -> None:
    meter = Meter()
    usage = Usage(prompt_tokens=10, completion_tokens=3, cached_tokens=4)
    message = AssistantMessage(content="done")
    meter.take(Replied(step=1, message=message, usage=usage, seconds=1.5, finish_reason="stop"))
    meter.take(ServerMeasured(figures=SessionFigures(joules=1200.5)))
    cost = meter.cost()
    assert (cost.prompt_tokens, cost.cached_tokens, cost.completion_tokens) == (10, 4, 3)
    assert (cost.steps, cost.model_seconds, cost.joules) == (1, 1.5, 1200.5)
    meter.take(ServerMeasured(figures=SessionFigures(hit_rate=0.5)))
    assert meter.cost().joules == 1200.5
