"""The contracts of a run: what prepares an instance, and what executes the work."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal, Protocol

from agent.place import Place
from evals.instances.base import Instance
from evals.running.records import AttemptEnded
from model_runtime.messages import Frozen


class HistoryProof(Frozen):
    """That the agent's repository holds the past alone. `commits` counts every commit object in its store,
    reachable or not, as `git cat-file --batch-all-objects` lists them; `digest` is the sha256 of their sorted
    ids. `surplus` are ids that are no ancestor of the base commit: there must be none. `leaks` names what else
    was found: a remote, a tag that points ahead, a reflog, a stash."""

    commits: int
    digest: str
    surplus: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()


class Prepared(Frozen):
    """An instance that can be worked on. `place` makes its sandboxes: image, repository, test command."""

    instance: Instance
    place: Place
    history: HistoryProof
    image_digest: str = ""


class Preparer(Protocol):
    def prepare(self, instance: Instance, folder: Path) -> Prepared:
        """See to the image and the sealed repository; blocks. `folder` receives the archive that sandboxes are
        filled from. Raises EvalInfrastructure, and EvalError where the row itself cannot be used."""
        ...


class Work(Frozen):
    """One attempt to make. `sample` counts independent tries at the instance from 1; `attempt` counts from 1
    and goes up when infrastructure failed. `folder` is the attempt's own, and empty."""

    instance: Instance
    sample: int
    attempt: int
    folder: Path


class Done(Frozen):
    """The end of an attempt, on its way to the journal."""

    work: Work
    ended: AttemptEnded


Doing = Callable[[Work, str], None]
"""Told in short words what an attempt does now, for the screen."""


class Executor(Protocol):
    """Where attempts are made: workers of this process, or of a Ray cluster. No scheduling beyond that."""

    name: Literal["local", "ray"]

    @property
    def free(self) -> int:
        """How many more attempts it takes at this moment."""
        ...

    async def submit(self, work: Work) -> None:
        """Begin an attempt."""
        ...

    def done(self) -> AsyncIterator[Done]:
        """Attempts as they end, in whatever order. One that was lost with its node ends as infrastructure."""
        ...

    async def stop(self, *, at_once: bool) -> None:
        """End what runs: in order, with its diff salvaged, or at once."""
        ...
