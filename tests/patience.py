"""Waiting in tests for what other processes do."""

import time
from collections.abc import Callable

PATIENCE_S = 60.0


def eventually(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait until it is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)
