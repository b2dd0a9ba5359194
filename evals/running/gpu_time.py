"""Whose GPU-seconds: at each moment the GPUs are shared by the attempts that wait for the model."""

import time
from collections.abc import Callable, Hashable


class GpuTime:
    """`gpus` hold the model. `clock` gives seconds."""

    def __init__(self, gpus: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._gpus = gpus
        self._clock = clock
        self._at = clock()
        self._each = 0.0
        """GPU-seconds that an attempt would have used that was waiting all the time."""
        self._asking: dict[Hashable, float] = {}
        self._used: dict[Hashable, float] = {}

    def is_asking(self, who: Hashable, asking: bool) -> None:
        """`who` waits for the model from now on, or no longer does."""
        if asking == (who in self._asking):
            return
        self._go_on()
        if asking:
            self._asking[who] = self._each
        else:
            self._used[who] = self._used.get(who, 0.0) + self._each - self._asking.pop(who)

    def of(self, who: Hashable) -> float:
        """What `who` has used so far, in GPU-seconds."""
        self._go_on()
        waiting = self._each - self._asking[who] if who in self._asking else 0.0
        return self._used.get(who, 0.0) + waiting

    def _go_on(self) -> None:
        now = self._clock()
        if self._asking:
            self._each += (now - self._at) * self._gpus / len(self._asking)
        self._at = now
