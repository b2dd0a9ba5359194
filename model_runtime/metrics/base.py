"""What can be read of a server at one moment, and what happened between two moments.

Any server is read: what it does not tell is None. Figures are those of the server, all its clients together.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Counters:
    """Since the server started; requests that are finished. Tokens read, taken from the prefix cache, written.
    steps: decoding steps that were drafted for, 0 without speculative decoding."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0
    steps: int = 0

    def since(self, before: "Counters") -> "Counters":
        """What was added. A server that was restarted in between has begun from nothing."""
        if self.prompt < before.prompt or self.generated < before.generated:
            return self
        return Counters(
            self.prompt - before.prompt,
            self.cached - before.cached,
            self.generated - before.generated,
            self.steps - before.steps,
        )

    @property
    def hit_rate(self) -> float | None:
        """Share of the tokens read that came from the prefix cache, 0 to 1."""
        return self.cached / self.prompt if self.prompt else None

    @property
    def acceptance(self) -> float | None:
        """Tokens a decoding step; 1 means that no draft was right."""
        return self.generated / self.steps if self.steps else None


@dataclass(frozen=True)
class Reading:
    """at: seconds since 1970. running, waiting: requests. used, total: tokens in the cache, of all ranks.
    tokens_per_s: written now. acceptance: tokens a decoding step, lately. hit_rate: of the prefix cache, 0 to 1,
    lately. server: what answers, such as `sglang 0.5.23`."""

    at: float
    server: str = ""
    running: int | None = None
    waiting: int | None = None
    used: int | None = None
    total: int | None = None
    tokens_per_s: float | None = None
    acceptance: float | None = None
    hit_rate: float | None = None
    counters: Counters | None = None

    @property
    def requests(self) -> int:
        return (self.running or 0) + (self.waiting or 0)

    @property
    def cache_use(self) -> float | None:
        """Share of the cache that is in use, 0 to 1."""
        return self.used / self.total if self.used is not None and self.total else None

    def sessions_left(self, tokens: int) -> int | None:
        """How many more sessions of `tokens` each the cache has room for."""
        if self.used is None or not self.total:
            return None
        return max(0, self.total - self.used) // tokens

    def since(self, before: "Reading") -> Counters | None:
        """What was counted since an earlier reading; None if the server does not count."""
        if self.counters is None or before.counters is None:
            return None
        return self.counters.since(before.counters)


@dataclass(frozen=True)
class ServerFacts:
    """What a server was started with; "" and 0 where it does not tell. gpus: that hold the model. speculation: the
    algorithm's name. total: tokens in the cache of one rank."""

    server: str = ""
    model_path: str = ""
    context_length: int = 0
    gpus: int = 0
    total: int = 0
    speculation: str = ""
    draft_tokens: int = 0
    reasoning_parser: str = ""
    tool_call_parser: str = ""


@runtime_checkable
class Counting(Protocol):
    """A model that runs in this process, and counts itself what a server would tell."""

    def counters(self) -> Counters:
        """Since it was opened."""
        ...


class Meter(Protocol):
    """Reads one server."""

    async def read(self) -> Reading | None:
        """None if it does not answer, or tells nothing of itself."""
        ...

    async def facts(self) -> ServerFacts | None:
        """What it was started with; None if it does not tell."""
        ...

    async def close(self) -> None: ...
