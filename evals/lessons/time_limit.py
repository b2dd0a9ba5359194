"""A bound on how long made code may run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Hung(BaseException):
    """The code did not come back. No test, tool or mutant may take it for a failure of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises Hung from within after so much processor time, again and again. Only for a main thread."""

    def stop(_signal: int, _frame: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.01)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
