"""One attempt at an instance, from a prepared sandbox to a line of the journal; it never raises an error."""

import asyncio
import traceback
from contextlib import AbstractAsyncContextManager

from agent.events import BaseEvent, TurnEnded
from evals.running.base import News, Prepared, Tell, Work
from evals.running.failure import INTERRUPTED, Verdict, full_disk, verdict_on
from evals.running.kit import Bench
from evals.running.meter import Meter
from evals.running.records import RESULTS, AttemptEnded, Cost
from evals.running.salvage import SESSION, patch_name, salvage
from evals.running.session_work import SessionWork, work
from evals.running.tries import best_of
from sandbox.base import Sandbox

DEFECT = "error.txt"
"""The file in an attempt's folder with the traceback of a defect."""

Slot = AbstractAsyncContextManager[None]


class Attempt:
    """Makes one attempt. Its sandbox is prepared at once; the model is asked as soon as `slot` lets it in.

    `worker` names the process in what is told.
    """

    def __init__(self, work: Work, bench: Bench, tell: Tell, slot: Slot, worker: str) -> None:
        self._work = work
        self._bench = bench
        self._tell = tell
        self._slot = slot
        self._worker = worker
        self._meter = Meter()
        self._at_work = False
        self._prepared: Prepared | None = None
        self._gate = bench.kit.network.gate_for(work.instance)

    async def make(self) -> AttemptEnded:
        """Cancelling ends it in order, as interrupted."""
        try:
            self._work.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ended = await self._through()
            verdict = Verdict(ended.reason, ended.detail)
        except asyncio.CancelledError:
            verdict = INTERRUPTED
        except Exception as error:  # broad: whatever it was, the journal must tell, and the others go on
            verdict = verdict_on(error)
            if verdict.outcome == "failed":
                self._note_defect()
        return self._ended(verdict)

    async def _through(self) -> TurnEnded:
        async with self._bench.shelf.of(self._work.instance, self._say) as prepared:
            self._prepared = prepared
            sandbox = prepared.place.new_sandbox(self._bench.kit.loaded.settings.sandbox, self._gate)
            try:
                self._say("starting the sandbox")
                await sandbox.start()
                self._say("ready")
                async with self._slot:
                    self._meter = Meter()  # time is counted from here: the wait for a slot is nobody's cost
                    self._at_work = True
                    self._say("starting")
                    return await self._worked(prepared, sandbox)
            finally:
                self._bench.removals.begin(sandbox)

    async def _worked(self, prepared: Prepared, sandbox: Sandbox) -> TurnEnded:
        kit, folder = self._bench.kit, self._work.folder
        model = self._bench.models.of(self._work.instance)
        given = SessionWork(prepared, kit.loaded, model, sandbox, self._gate)
        if kit.tries == 1:
            (folder / SESSION).mkdir(mode=0o700)
            return await work(given, folder / SESSION, self._hear)
        return await best_of(kit.tries, given, folder, self._hear, kit.test_timeout_s)

    def _hear(self, event: BaseEvent) -> None:
        if self._meter.take(event):
            self._say(self._meter.words)

    def _say(self, words: str, building: bool = False) -> None:
        self._tell(
            News(
                work=self._work,
                words=words,
                worker=self._worker,
                cost=self._cost(),
                at_work=self._at_work,
                asking=self._meter.asking,
                building=building,
            )
        )

    def _ended(self, verdict: Verdict) -> AttemptEnded:
        work, patch = self._work, None
        try:
            patch = salvage(work.folder)
        except Exception as error:  # broad: see above
            verdict = verdict if verdict.outcome not in RESULTS else verdict_on(error)
        if verdict.outcome in RESULTS and (full := full_disk(work.folder)):
            verdict = Verdict("infrastructure", f"The disk of {full} is full.", "disk")
        history = self._prepared.history if self._prepared is not None else None
        return AttemptEnded(
            instance_id=work.instance.instance_id,
            sample=work.sample,
            attempt=work.attempt,
            outcome=verdict.outcome,
            detail=verdict.detail,
            infrastructure=verdict.infrastructure,
            patch=patch_name(work.instance.instance_id, work.sample, work.attempt) if patch else "",
            cost=self._cost(),
            commits=history.commits if history is not None else 0,
            commits_digest=history.digest if history is not None else "",
            image_digest=self._prepared.image_digest if self._prepared is not None else "",
            hosts=tuple(map(str, self._gate.allow.hosts)) if self._gate is not None else (),
            visits=self._gate.visits if self._gate is not None else (),
        )

    def _cost(self) -> Cost:
        """Nothing as long as it is only prepared: minutes in which an image is built are not the attempt's."""
        return self._meter.cost() if self._at_work else Cost()

    def _note_defect(self) -> None:
        try:
            (self._work.folder / DEFECT).write_text(traceback.format_exc(), encoding="utf-8")
        except OSError:
            return  # the journal has the error's own words
