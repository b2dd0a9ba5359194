"""A report as data: what every rendering says. Its JSON is `mimosa eval report --json`."""

from evals.marks.base import Mark
from evals.running.records import Cost, Outcome
from evals.running.results import State
from model_runtime.messages import Frozen
from sandbox.gate.visits import Visit

REPORT_VERSION = 1


class Rate(Frozen):
    """`share` of `total` with its 95% interval. `method` is "Wilson", or "bootstrap" over instances where an
    instance was tried more than once, as its samples are no independent trials. All 0 to 1 for no trials."""

    count: int
    total: int
    share: float
    low: float
    high: float
    method: str = "Wilson"


class Group(Frozen):
    name: str
    resolved: Rate


class PassAt(Frozen):
    """pass@k: one of `k` samples is right; pass^k (`every`): all of them are. Means over the `instances` that have
    so many graded samples, with bootstrap intervals."""

    k: int
    instances: int
    any: float
    any_low: float
    any_high: float
    every: float
    every_low: float
    every_high: float


class Spending(Frozen):
    """What the counted attempts used of one thing: `total`, the median of all and of the resolved ones, and the
    total for each resolved one, None if there is none. `unit` is "", "s" or "tokens"."""

    name: str
    unit: str
    total: float
    median: float
    median_resolved: float | None
    for_each_resolved: float | None


class Ending(Frozen):
    """How many samples ended in one way; `counted` where that is a result. `details` are the most frequent
    reasons."""

    name: str
    samples: int
    counted: bool
    details: tuple[str, ...] = ()


class Row(Frozen):
    """One sample of one instance. `ended_at` is in seconds that the run worked, None where it has not ended.
    `session` is the session's folder relative to the run's, "" where there is none. `context` are the tokens that
    each step's request read. `attempts` counts those that were begun; `attempt` is the one that counts, or the
    last. `broken_calls` are those that no tool could take."""

    instance_id: str
    sample: int
    repository: str
    difficulty: str
    state: State
    ending: str
    resolved: bool | None
    outcome: Outcome | None = None
    detail: str = ""
    failed_tests: tuple[str, ...] = ()
    cost: Cost = Cost()
    attempt: int = 0
    attempts: int = 0
    ended_at: float | None = None
    session: str = ""
    context: tuple[int, ...] = ()
    marks: tuple[Mark, ...] = ()
    broken_calls: int = 0


class Network(Frozen):
    """What agents could reach: `hosts` in all, by `reaching` of the `attempts` that ended; the others had no
    network. `visits` count connections. `unmet` are instances that ask for more than they got."""

    hosts: tuple[str, ...]
    attempts: int
    reaching: int
    visits: tuple[Visit, ...]
    unmet: tuple[str, ...]


class Report(Frozen):
    """One run. `state` is "complete", or why it is not. `without_marked` counts resolved samples that are marked
    as not resolved; the total stays. `wasted` is what attempts used that do not count. `network` is None where
    there was none, and none was asked for."""

    version: int = REPORT_VERSION
    run: str
    folder: str
    model: str
    dataset: str
    state: str
    started_at: float
    working_seconds: float
    resumes: int
    instances: int
    samples: int
    resolved: Rate
    without_marked: Rate
    marked: int
    pass_at: tuple[PassAt, ...]
    repositories: tuple[Group, ...]
    difficulties: tuple[Group, ...]
    spending: tuple[Spending, ...]
    acceptance: float | None
    wasted: Cost
    endings: tuple[Ending, ...]
    network: Network | None = None
    rows: tuple[Row, ...]


class Comparison(Frozen):
    """Two runs on the `instances` that both have a verdict on. An instance counts as resolved where more than half
    of its graded samples are. `difference` is the second's share minus the first's, with a bootstrap interval over
    instances; `p_value` is McNemar's exact one."""

    first: str
    second: str
    instances: int
    first_resolved: int
    second_resolved: int
    both: int
    neither: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    p_value: float
    difference: float
    low: float
    high: float
    only_in_first: int
    only_in_second: int
    several_samples: bool = False
