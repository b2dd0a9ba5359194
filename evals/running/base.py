"""The contracts of a run: what prepares an instance, and what does the work."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from agent.place import Place
from evals.instances.base import Instance
from evals.running.records import AttemptEnded, AttemptGraded, Cost, GradingFailed
from evals.running.results import Key
from model_runtime.messages import Frozen
from sandbox.progress import Report, silent


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
    def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
        """See to the image and the sealed repository; blocks, and tells `report` of what takes long, on its own
        thread. `folder` receives the archive that sandboxes are filled from. Raises EvalInfrastructure, and
        EvalError where the row itself cannot be used."""
        ...


Kind = Literal["attempt", "grading"]


class Work(Frozen):
    """One thing to do: make an attempt, or grade the patch of one that was made. `sample` counts independent tries
    at the instance from 1; `attempt` counts from 1 and goes up when infrastructure failed. `folder` is the
    attempt's own, and empty before it was made."""

    kind: Kind
    instance: Instance
    sample: int
    attempt: int
    folder: Path

    @property
    def key(self) -> Key:
        return self.instance.instance_id, self.sample


@dataclass(frozen=True)
class News:
    """What is done now for a piece of work, in short words, and what it has cost so far. `worker` names the
    process that does it; `at_work`: it has its slot, and is not only made ready for it; `asking`: it waits for
    the model; `building`: an image is made for it."""

    work: Work
    words: str
    worker: str = ""
    cost: Cost = Cost()
    at_work: bool = False
    asking: bool = False
    building: bool = False


@dataclass(frozen=True)
class Done:
    """The end of a piece of work, on its way to the journal."""

    work: Work
    event: AttemptEnded | AttemptGraded | GradingFailed


Tell = Callable[[News | Done], None]


class Executor(Protocol):
    """Where work is done: in this process, or on a Ray cluster. No scheduling beyond that."""

    @property
    def name(self) -> str:
        """`local` or `ray`."""
        ...

    async def start(self, tell: Tell) -> None:
        """Get ready; whatever happens from here on is told with `tell`, in this event loop's thread. Raises
        EvalError and EvalInfrastructure."""
        ...

    def free(self) -> int:
        """How many more pieces of work it takes at this moment."""
        ...

    def begin(self, work: Work) -> None:
        """Take a piece of work. It ends with exactly one Done; what was lost with its node ends as
        infrastructure."""
        ...

    async def stop(self) -> None:
        """End what runs in order, each diff salvaged; nothing is told after this returns. Safe to call twice."""
        ...
