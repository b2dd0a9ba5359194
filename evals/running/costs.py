"""What the attempts of this process and of others cost together: tokens a second, GPU-seconds, acceptance."""

from dataclasses import replace
from typing import Protocol

from evals.running.base import News, Work
from evals.running.budget import Budget
from evals.running.gpu_time import GpuTime
from evals.running.records import AttemptEnded, Cost
from evals.running.results import Key
from evals.running.standing import Standing
from model_runtime.metrics.base import Reading


class Server(Protocol):
    """What the model server said of itself last."""

    @property
    def reading(self) -> Reading | None: ...


class Unknown:
    """A server that tells nothing, or none."""

    reading: Reading | None = None


class Costs:
    """`gpus` hold the model."""

    def __init__(self, budget: Budget, server: Server | None = None, gpus: int = 0) -> None:
        self._budget = budget
        self._server = server or Unknown()
        self._time = GpuTime(gpus)
        self._begun: dict[Key, Reading | None] = {}
        self._written = 0

    def heard(self, news: News) -> News:
        """`news` with the GPU-seconds in its cost."""
        key = news.work.key
        self._begun.setdefault(key, self._server.reading)
        self._time.is_asking(_who(news.work), news.asking)
        return replace(news, cost=self._with_gpu(news.work, news.cost))

    def ended(self, work: Work, event: AttemptEnded) -> AttemptEnded:
        """`event` with what only the whole run knows."""
        self._time.is_asking(_who(work), asking=False)
        cost = self._with_gpu(work, event.cost)
        before, now = self._begun.pop(work.key, None), self._server.reading
        counted = now.since(before) if now is not None and before is not None else None
        acceptance = (counted.acceptance if counted is not None else None) or cost.accept_length
        self._written += cost.completion_tokens
        return event.model_copy(update={"cost": cost.model_copy(update={"accept_length": round(acceptance, 3)})})

    def look(self, standing: Standing) -> None:
        """Bring the figures of `standing` up to date."""
        running = {key: news.cost for key, news in standing.running.items()}
        standing.spent = self._budget.total(running)
        standing.written.note(self._written + sum(cost.completion_tokens for cost in running.values()))
        reading = self._server.reading
        standing.acceptance = (reading.acceptance or 0.0) if reading is not None else 0.0

    def _with_gpu(self, work: Work, cost: Cost) -> Cost:
        return cost.model_copy(update={"gpu_seconds": round(self._time.of(_who(work)), 3)})


def _who(work: Work) -> tuple[str, int, int]:
    return (*work.key, work.attempt)
