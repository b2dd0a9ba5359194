"""How often each host was asked for, and what came of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.gate.allowed import WEB_PORTS, AllowedHost

MOST_NAMED = 100
"""Hosts that are counted by name: whoever is inside can make up any number of them."""
OTHERS = "(others)"


@dataclass(frozen=True)
class Visit:
    """`host` has its port behind it where that is not one of the web's. Counts are of connections; an allowed one
    may have failed all the same."""

    host: str
    allowed: int
    refused: int


class Visits:
    """Counts."""

    def __init__(self) -> None:
        self._allowed: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def allow(self, host: str, port: int) -> None:
        self._allowed[self._key(host, port)] += 1

    def refuse(self, host: str, port: int) -> None:
        self._refused[self._key(host, port)] += 1

    def counted(self) -> tuple[Visit, ...]:
        names = sorted({*self._allowed, *self._refused})
        return tuple(Visit(name, self._allowed[name], self._refused[name]) for name in names)

    def _key(self, host: str, port: int) -> str:
        name = str(AllowedHost(host, WEB_PORTS if port in WEB_PORTS else (port,)))
        known = {*self._allowed, *self._refused}
        return name if name in known or len(known) < MOST_NAMED else OTHERS


def summed(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """One for each host, in the order of their names."""
    allowed, refused = Counter[str](), Counter[str]()
    for visit in visits:
        allowed[visit.host] += visit.allowed
        refused[visit.host] += visit.refused
    return tuple(Visit(name, allowed[name], refused[name]) for name in sorted({*allowed, *refused}))
