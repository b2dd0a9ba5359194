"""The journal's lines: every attempt of every instance with its state. Appended and flushed, never changed."""

from typing import Annotated, Literal

from pydantic import Field

from evals.grading.base import Grade
from model_runtime.messages import Frozen
from sandbox.gate.visits import Visit

JOURNAL_VERSION = 1

Outcome = Literal["finished", "answered", "limit", "interrupted", "failed", "infrastructure"]
"""How an attempt ended. The first three are results, whatever the patch; `interrupted` and `infrastructure`
are not, and are made again; `failed` is a defect of ours, and told as such."""

RESULTS: tuple[Outcome, ...] = ("finished", "answered", "limit")


class Cost(Frozen):
    """What an attempt used. Seconds are wall time. `accept_length` is the mean number of tokens a decoding step
    gave, 0 where the server does not say. `joules` is the attempt's part of the GPUs' energy, 0 where nobody
    measures it."""

    steps: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    model_seconds: float = 0.0
    tool_seconds: float = 0.0
    gpu_seconds: float = 0.0
    accept_length: float = 0.0
    joules: float = 0.0


class RunStarted(Frozen):
    """First line of a journal. A resumed run appends another."""

    type: Literal["run_started"] = "run_started"
    version: int = JOURNAL_VERSION
    run: str
    instances: int
    samples: int
    resumed: bool = False


class AttemptStarted(Frozen):
    type: Literal["attempt_started"] = "attempt_started"
    instance_id: str
    sample: int
    attempt: int
    worker: str


class AttemptEnded(Frozen):
    """`patch` is the path of the diff in the run's folder, "" if the attempt left none; `detail` says why it
    ended; `infrastructure` is the `what` of the error, where there was one. `commits` and `commits_digest` are
    the HistoryProof of the repository that the agent saw. `hosts` are those of the network that it could reach,
    none as a rule, and `visits` tell which ones it asked for."""

    type: Literal["attempt_ended"] = "attempt_ended"
    instance_id: str
    sample: int
    attempt: int
    outcome: Outcome
    detail: str = ""
    infrastructure: str = ""
    patch: str = ""
    cost: Cost = Cost()
    commits: int = 0
    commits_digest: str = ""
    image_digest: str = ""
    hosts: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()


class AttemptGraded(Frozen):
    """A verdict on an attempt's patch; a later line for the same attempt is a regrade and takes its place."""

    type: Literal["attempt_graded"] = "attempt_graded"
    sample: int
    attempt: int
    grade: Grade


class GradingFailed(Frozen):
    """A patch could not be graded, so there is no verdict yet. Where `infrastructure` failed, it is tried again;
    "" is a row that cannot be graded, or a defect."""

    type: Literal["grading_failed"] = "grading_failed"
    instance_id: str
    sample: int
    attempt: int
    infrastructure: str
    detail: str = ""


class RunEnded(Frozen):
    type: Literal["run_ended"] = "run_ended"
    reason: Literal["complete", "limit", "interrupted", "failed"]
    detail: str = ""


JournalEvent = Annotated[
    RunStarted | AttemptStarted | AttemptEnded | AttemptGraded | GradingFailed | RunEnded,
    Field(discriminator="type"),
]


class JournalLine(Frozen):
    """`n` counts from 0, `at` is Unix time in seconds."""

    n: int
    at: float
    event: JournalEvent
