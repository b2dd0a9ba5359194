"""A run with everything around it: journal, budget, executor, conductor, and what they tell each other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from evals.instances.base import Instance
from evals.running.agenda import Agenda
from evals.running.base import Executor
from evals.running.begin import open_journal
from evals.running.breaker import Patience
from evals.running.budget import Budget
from evals.running.conductor import Conductor
from evals.running.costs import Costs, Server
from evals.running.folder import RunFolder
from evals.running.journal import Journal
from evals.running.reading import Run
from evals.running.records import AttemptEnded, RunEnded
from evals.running.request import RunRequest
from evals.running.results import Result
from evals.running.standing import Standing
from evals.running.watcher import Watcher


@dataclass(frozen=True)
class Launch:
    """A run that is ready to go. `server`: what tells of the model server's figures, if anything does."""

    folder: RunFolder
    request: RunRequest
    instances: Sequence[Instance]
    executor: Executor
    watcher: Watcher
    server: Server | None = None
    gpus: int = 0
    patience: Patience = Patience()

    async def go(self) -> tuple[RunEnded, Standing]:
        """Begin, or go on where the journal ends. Raises what `Conductor.conduct` raises."""
        journal = open_journal(self.folder, len(self.instances), self.request.samples)
        try:
            run = Run(self.folder, {row.instance_id: row for row in self.instances}, tuple(journal.lines))
            conductor = self._conductor(journal, run)
            self.watcher.began(conductor.standing)
            return await conductor.conduct(), conductor.standing
        finally:
            self.watcher.close()
            journal.close()

    def _conductor(self, journal: Journal, run: Run) -> Conductor:
        request = self.request
        ended = (line.event for line in journal.lines)
        costs = [event.cost for event in ended if isinstance(event, AttemptEnded)]
        budget = Budget(request.limits, request.prices, costs)
        return Conductor(
            journal=journal,
            agenda=Agenda(self.folder, self.instances, run.results, grade=request.grade),
            executor=self.executor,
            budget=budget,
            costs=Costs(budget, self.server, self.gpus),
            standing=standing_of(self.folder.id, run.results, grade=request.grade),
            watcher=self.watcher,
            patience=self.patience,
            elapsed_s=run.working_seconds(time.time()),
        )


def standing_of(run: str, results: Sequence[Result], *, grade: bool) -> Standing:
    """How a run stands before anything is begun."""
    standing = Standing(
        run=run,
        wanted=len(results),
        grade=grade,
        results=sum(result.counted is not None for result in results),
        graded=sum(result.state == "graded" for result in results),
        resolved=sum(bool(result.resolved) for result in results),
    )
    standing.before = standing.finished
    return standing
