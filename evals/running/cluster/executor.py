"""Work on a Ray cluster. Where each piece of it runs, Ray decides; what was lost with a node is told as lost."""

import asyncio
import os
from contextlib import suppress
from typing import Any

from agent.errors import MIMOSA_ERRORS
from agent.export.words import first_line
from evals.errors import EvalError, EvalInfrastructure
from evals.running.base import Done, News, Tell, Work
from evals.running.cluster.mirror import keep_only, put
from evals.running.failure import infrastructure_of
from evals.running.kit import Kit
from evals.running.records import AttemptEnded, Cost, GradingFailed, Outcome
from evals.running.salvage import PATCH, patch_name, salvage

AUTHENTICATION = "RAY_AUTH_MODE"
AHEAD = 2
"""How many more attempts than it has room for the cluster is given, so that no node waits for the next one."""


class RayExecutor:
    """`address` is the cluster's, as `ray.init` takes it; `workers` bounds the attempts at a time, 0 for one a
    processor of the cluster. Nodes talk to each other with a token."""

    name = "ray"

    def __init__(self, kit: Kit, address: str, workers: int = 0) -> None:
        self._kit = kit
        self._address = address
        self._workers = workers
        self._tasks: dict[asyncio.Task[None], Any] = {}

    async def start(self, tell: Tell) -> None:
        self._tell = tell
        os.environ.setdefault(AUTHENTICATION, "token")  # before ray is imported: it reads it then
        try:
            import ray
        except ImportError as error:
            raise EvalError("--ray needs the extra `ray`: pip install 'mimosa-coder[ray]'") from error
        try:
            ray.init(address=self._address, log_to_driver=False, logging_level="ERROR")
        except Exception as error:  # ray raises a dozen kinds, ConnectionError and RuntimeError among them
            raise EvalInfrastructure("node", f"No Ray cluster answers at {self._address}: {error}") from error
        from evals.running.cluster.task import do

        self._ray = ray
        self._do = ray.remote(max_retries=0, num_returns="streaming")(do)
        self._shared_kit = ray.put(self._kit)

    def free(self) -> int:
        return self._room() + AHEAD - len(self._tasks)

    def begin(self, work: Work) -> None:
        patch = work.folder / PATCH
        given = patch.read_bytes() if work.kind == "grading" and patch.is_file() else b""
        share = min(1.0, self._processors() / self._workers) if self._workers else 1.0
        do = self._do.options(num_cpus=share, name=work.instance.instance_id)
        messages = do.remote(self._shared_kit, work, given)
        task = asyncio.create_task(self._follow(work, messages))
        self._tasks[task] = messages
        task.add_done_callback(self._forget)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._ray.shutdown()

    async def _follow(self, work: Work, messages: Any) -> None:
        cost, ended = Cost(), False
        try:
            async for reference in messages:
                message = await reference
                put(message.pieces, work.folder)
                if isinstance(message.told, News):
                    cost = message.told.cost
                elif work.kind == "attempt" and message.names is not None:
                    keep_only(message.names, work.folder)
                ended = isinstance(message.told, Done)
                self._tell(message.told)
        except asyncio.CancelledError:
            with suppress(Exception):  # it may have ended meanwhile, or its node
                self._ray.cancel(messages)
            if work.kind == "attempt" and not ended:
                self._tell(Done(work, _cut_off(work, cost, "interrupted", "interrupted", "")))
        except Exception as error:  # broad: whatever took the node or the task away, the work is lost to it
            if not ended:  # else the task had only to tidy up: told twice, it would count twice
                self._tell(Done(work, _lost(work, cost, error)))

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(task, None)

    def _room(self) -> int:
        """Attempts at a time."""
        return self._workers or int(self._processors())

    def _processors(self) -> float:
        """Of all nodes that are alive."""
        return float(self._ray.cluster_resources().get("CPU", 0.0))


def _lost(work: Work, cost: Cost, error: Exception) -> AttemptEnded | GradingFailed:
    """Work whose node or process is gone; a defect in it comes as an error of the task's own."""
    from ray.exceptions import OutOfMemoryError, RayTaskError

    own = error.cause if isinstance(error, RayTaskError) else None
    cause = "memory" if isinstance(error, OutOfMemoryError) else infrastructure_of(own) if own else "node"
    detail = first_line(f"{type(own or error).__name__}: {own or error}", 400)
    if work.kind == "grading":
        return GradingFailed(
            instance_id=work.instance.instance_id,
            sample=work.sample,
            attempt=work.attempt,
            infrastructure=cause,
            detail=detail,
        )
    return _cut_off(work, cost, "infrastructure" if cause else "failed", detail, cause)


def _cut_off(work: Work, cost: Cost, outcome: Outcome, detail: str, cause: str) -> AttemptEnded:
    """The end of an attempt whose own end will not come; what it had sent by then is salvaged."""
    key = (work.instance.instance_id, work.sample, work.attempt)
    try:
        patch = salvage(work.folder)
    except (OSError, *MIMOSA_ERRORS):
        patch = None
    return AttemptEnded(
        instance_id=work.instance.instance_id,
        sample=work.sample,
        attempt=work.attempt,
        outcome=outcome,
        detail=detail,
        infrastructure=cause,
        patch=patch_name(*key) if patch else "",
        cost=cost,
    )
