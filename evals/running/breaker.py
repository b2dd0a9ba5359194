"""An outage stops new starts: with the engine or the server gone, each of them would only fail as well."""

from collections.abc import Hashable
from dataclasses import dataclass

from evals.running.failure import OUTAGES

NODE_PATIENCE = 5
DISK_PATIENCE_S = 10.0
"""A full disk does not mend itself: somebody has to make room, and then resumes the run."""


@dataclass(frozen=True)
class Patience:
    """How infrastructure errors are met; times in seconds. `tries`: attempts that an instance may lose to them.
    `first_wait_s` doubles with each failure in a row, up to `most_wait_s`. `give_up_s`: an outage this long ends
    the run, which can be resumed."""

    tries: int = 4
    first_wait_s: float = 2.0
    most_wait_s: float = 60.0
    give_up_s: float = 1800.0

    def tries_for(self, cause: str) -> int:
        """How many attempts an instance may lose to `cause`. A cluster takes a while to see that a node is dead,
        and hands it work until then: that is not the instance's doing."""
        return self.tries * NODE_PATIENCE if cause == "node" else self.tries

    def give_up_after_s(self, cause: str) -> float:
        """How long an outage of `cause` may last."""
        return min(self.give_up_s, DISK_PATIENCE_S) if cause == "disk" else self.give_up_s

    def wait_s(self, failures: int) -> float:
        """How long to wait after that many failures in a row."""
        return min(self.first_wait_s * 2.0 ** min(failures - 1, 16), self.most_wait_s)


class Breaker:
    """Open from the first failure of a kind that strikes everything, until something works again. Meanwhile one
    piece of work at a time is tried, after a wait that grows. Times are those of any one clock, in seconds."""

    def __init__(self, patience: Patience) -> None:
        self.cause = ""
        self._patience = patience
        self._failures = 0
        self._since = 0.0
        self._not_before = 0.0
        self._tried: Hashable = None

    @property
    def is_open(self) -> bool:
        return bool(self.cause)

    def lets_in(self, now: float) -> bool:
        """Whether something may begin."""
        return not self.cause or (self._tried is None and now >= self._not_before)

    def next_at(self) -> float:
        """When the next try may begin, while open."""
        return self._not_before

    def began(self, work: Hashable) -> None:
        """While open, `work` is the one that is tried."""
        self._tried = work if self.is_open else None

    def ended(self, work: Hashable) -> None:
        """However it ended: one that says nothing of the outage must not stand in the way of the next try."""
        if work == self._tried:
            self._tried = None

    def failed(self, cause: str, now: float) -> None:
        """A piece of work was lost to `cause`."""
        if cause not in OUTAGES:
            return
        if not self.cause:
            self._since, self._failures = now, 0
        elif self._tried is None:
            return  # it was begun before the outage: one failure is one failure
        self.cause = cause
        self._tried = None
        self._failures += 1
        self._not_before = now + self._patience.wait_s(self._failures)

    def worked(self) -> None:
        """Something came to its end as it should."""
        self.cause, self._tried = "", None

    def is_hopeless(self, now: float) -> bool:
        patience = self._patience.give_up_after_s(self.cause)
        return self.is_open and self._tried is None and now - self._since >= patience
