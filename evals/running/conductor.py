"""A run from its journal's last line to its end: begins work, journals what comes of it, tries again what is worth
it, and stops when nothing is left, a limit is reached, or somebody says so."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from evals.errors import EvalInfrastructure
from evals.running.agenda import Agenda
from evals.running.base import Done, Executor, News, Work
from evals.running.breaker import Breaker, Patience
from evals.running.budget import Budget
from evals.running.costs import Costs
from evals.running.journal import Journal
from evals.running.records import (
    RESULTS,
    AttemptEnded,
    AttemptGraded,
    AttemptStarted,
    GradingFailed,
    RunEnded,
)
from evals.running.standing import Standing
from evals.running.watcher import Watcher

TICK_S = 1.0
"""How often the limits and the number of workers are looked at while nothing happens."""


@dataclass
class Conductor:
    """`elapsed_s` is what earlier starts of the run took. Belongs to one event loop."""

    journal: Journal
    agenda: Agenda
    executor: Executor
    budget: Budget
    costs: Costs
    standing: Standing
    watcher: Watcher
    patience: Patience = Patience()
    elapsed_s: float = 0.0
    clock: Callable[[], float] = time.monotonic
    _queue: "asyncio.Queue[News | Done]" = field(default_factory=asyncio.Queue)
    _under_way: int = 0
    _lost: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._breaker = Breaker(self.patience)
        self._began = self.clock()

    async def conduct(self) -> RunEnded:
        """Returns how the run ended, which is journalled. Raises EvalError and EvalInfrastructure if it cannot go
        on at all, and CancelledError after an orderly end."""
        await self.executor.start(self._queue.put_nowait)
        try:
            end = await self._to_the_end()
        except asyncio.CancelledError:
            await self._stop()
            self._end(RunEnded(reason="interrupted"))
            raise
        except EvalInfrastructure:
            await self._stop()
            raise
        await self._stop()
        return self._end(end)

    async def _to_the_end(self) -> RunEnded:
        while True:
            refused = self._begin_what_may()
            if refused and not self.standing.running and self.agenda.attempts_left:
                self.agenda.drop_attempts()
                return await self._rest(RunEnded(reason="limit", detail=refused))
            if not self._under_way and self.agenda.is_empty():
                return RunEnded(reason="complete")
            if self._breaker.is_hopeless(self.clock()) and not self._under_way:
                return RunEnded(reason="failed", detail=f"{self._breaker.cause}: not back in time")
            await self._hear()

    async def _rest(self, end: RunEnded) -> RunEnded:
        """What has a patch gets its verdict, whatever ends the run."""
        while self._under_way or not self.agenda.is_empty():
            if self._breaker.is_hopeless(self.clock()) and not self._under_way:
                break
            self._begin_what_may()
            await self._hear()
        return end

    def _begin_what_may(self) -> str:
        """Returns why no more attempts may begin, if a limit says so."""
        refused = ""
        while self.executor.free() > 0 and self._breaker.lets_in(self.clock()):
            running = {key: news.cost for key, news in self.standing.running.items()}
            refused = self.budget.refuses(running, self.elapsed_s + self.clock() - self._began)
            work = self.agenda.next(self.clock(), attempts=not refused)
            if work is None:
                break
            self._begin(work)
        self.standing.pause = self._why_paused(refused)
        return refused

    def _begin(self, work: Work) -> None:
        if work.kind == "attempt":
            self.journal.append(
                AttemptStarted(
                    instance_id=work.instance.instance_id,
                    sample=work.sample,
                    attempt=work.attempt,
                    worker=self.executor.name,
                )
            )
            self.standing.running[work.key] = News(work, "waiting")
        else:
            self.standing.to_grade.add(work.key)
        self._under_way += 1
        self._breaker.began(_name(work))
        self.executor.begin(work)

    def _why_paused(self, refused: str) -> str:
        if not self._breaker.is_open:
            return refused if self.agenda.attempts_left else ""
        wait = max(0.0, self._breaker.next_at() - self.clock())
        return (
            f"{self._breaker.cause} failed: the next try in {wait:.0f} s"
            if wait
            else f"{self._breaker.cause} failed"
        )

    async def _hear(self) -> None:
        """Take in what has happened, waiting for it at most a tick."""
        with suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the news.
            async with asyncio.timeout(TICK_S):
                self._take(await self._queue.get())
        while not self._queue.empty():
            self._take(self._queue.get_nowait())
        self.costs.look(self.standing)

    def _take(self, told: News | Done) -> None:
        if isinstance(told, News):
            self._news(told)
            return
        self._under_way -= 1
        match told.event:
            case AttemptEnded() as event:
                self._attempt_ended(told.work, event)
            case AttemptGraded() as event:
                self._graded(told, event)
            case GradingFailed() as event:
                self._grading_failed(told, event)
        self._breaker.ended(_name(told.work))

    def _news(self, news: News) -> None:
        if news.work.kind == "grading":
            self.standing.to_grade.discard(news.work.key)
            self.standing.grading.add(news.work.key)
            return
        known = self.standing.running.get(news.work.key)
        if known is None:
            return
        if news.cost.steps > known.cost.steps:
            self._breaker.worked()  # a step has been made: engine, server and disk are there
        self.standing.running[news.work.key] = self.costs.heard(news)
        self.watcher.heard(news, self.standing)

    def _attempt_ended(self, work: Work, told: AttemptEnded) -> None:
        event = self.costs.ended(work, told)
        self.standing.running.pop(work.key, None)
        self.journal.append(event)
        self.budget.add(event.cost)
        if event.outcome in RESULTS:
            self.standing.results += 1
            if event.cost.steps:
                self._breaker.worked()
            if self.standing.grade:
                self.agenda.grade(work)
        elif event.outcome == "infrastructure":
            self._again(work, event.infrastructure)
        elif event.outcome == "failed":
            self._give_up()
        self.watcher.done(Done(work, event), self.standing)

    def _graded(self, done: Done, event: AttemptGraded) -> None:
        self._grading_ended(done.work)
        self.journal.append(event)
        self.standing.graded += 1
        self.standing.resolved += event.grade.resolved
        if event.grade.seconds and self._breaker.cause != "server":
            self._breaker.worked()
        self.watcher.done(done, self.standing)

    def _grading_ended(self, work: Work) -> None:
        self.standing.to_grade.discard(work.key)
        self.standing.grading.discard(work.key)

    def _grading_failed(self, done: Done, event: GradingFailed) -> None:
        self._grading_ended(done.work)
        self.journal.append(event)
        if event.infrastructure:
            self._again(done.work, event.infrastructure)
        else:
            self._give_up()
        self.watcher.done(done, self.standing)

    def _give_up(self) -> None:
        """Not worth another try: the row or Mimosa has to be put right first."""
        self.standing.given_up += 1
        self.standing.defects += 1

    def _again(self, work: Work, cause: str) -> None:
        """Lost to infrastructure. In an outage that is known already, no instance is charged for it."""
        if self.standing.stopping:
            return
        charged = not self._breaker.is_open
        self._breaker.failed(cause, self.clock())
        self.standing.lost += 1
        key = _name(work)
        self._lost[key] = self._lost.get(key, 0) + charged
        if self._lost[key] >= self.patience.tries_for(cause):
            self.standing.given_up += 1
            return
        # Twice an outage's wait, so that another instance is tried first: this one may be what causes it.
        wait_s = self.patience.wait_s(max(1, self._lost[key])) if charged else 2 * self.patience.most_wait_s
        self.agenda.again(work, self.clock() + wait_s)

    async def _stop(self) -> None:
        """End what runs, and journal its ends as far as the disk takes them: a resumed run finds out the rest."""
        self.standing.stopping = True
        await self.executor.stop()
        with suppress(EvalInfrastructure):
            while not self._queue.empty():
                self._take(self._queue.get_nowait())

    def _end(self, end: RunEnded) -> RunEnded:
        with suppress(EvalInfrastructure):
            self.journal.append(end)
        self.watcher.ended(end, self.standing)
        return end


def _name(work: Work) -> tuple[str, int, str]:
    return *work.key, work.kind
