"""Which failures are worth another attempt, how many, and how long to wait between them."""

import random
import time
from dataclasses import dataclass, field

from model_runtime.base import Retrying
from model_runtime.errors import ModelUnavailable


class AttemptFailed(Exception):
    """One attempt failed in a way that another may cure. `retry_after_s` is the wait that the server asked for;
    `timed_out`: the server was silent for so long that few more attempts are worth it."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.timed_out = timed_out


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential back-off with jitter. With the defaults, six attempts within about a minute of waiting.

    attempts: tries in all. first_wait_s doubles from one to the next, up to max_wait_s. jitter: the fraction by
    which a wait is lengthened at random at most, so that many clients do not come back at once. A server's
    Retry-After counts up to max_retry_after_s. timeouts: how many silences to bear.
    """

    attempts: int = 6
    first_wait_s: float = 2.0
    max_wait_s: float = 30.0
    max_retry_after_s: float = 60.0
    jitter: float = 0.25
    timeouts: int = 2

    def wait_s(self, attempt: int, retry_after_s: float | None) -> float:
        """Seconds to wait after failed attempt `attempt`, which counts from 1."""
        if retry_after_s is not None:
            return min(max(0.0, retry_after_s), self.max_retry_after_s)
        wait = min(self.first_wait_s * 2.0 ** (attempt - 1), self.max_wait_s)
        return wait * (1 + self.jitter * random.random())


BRIEF = RetryPolicy(attempts=3, first_wait_s=0.5, timeouts=1)
"""For the first question to an endpoint, where somebody waits and nothing is lost."""


@dataclass
class Attempts:
    """The attempts of one request. `where` is the address, for the message when there are no more."""

    policy: RetryPolicy
    where: str
    made: int = 0
    timed_out: int = 0
    began: float = field(default_factory=time.monotonic)

    def after(self, failure: AttemptFailed) -> Retrying:
        """What to do after `failure`. Raises ModelUnavailable when enough was tried."""
        self.made += 1
        self.timed_out += failure.timed_out
        if self.made >= self.policy.attempts or self.timed_out >= self.policy.timeouts:
            tries = "1 attempt" if self.made == 1 else f"{self.made} attempts"
            raise ModelUnavailable(
                f"No answer from the model at {self.where} after {tries} in "
                f"{time.monotonic() - self.began:.0f} s: {failure.reason}.\n"
                "Start the server or wait until it is ready, check --base-url (MIMOSA_BASE_URL), then try again."
            ) from failure
        return Retrying(failure.reason, self.made, self.policy.wait_s(self.made, failure.retry_after_s))
