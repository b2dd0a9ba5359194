"""Who looks on while a run goes on. Implementations: a terminal, plain lines, nobody."""

from typing import Protocol

from evals.running.base import Done, News
from evals.running.records import RunEnded
from evals.running.standing import Standing


class Watcher(Protocol):
    def began(self, standing: Standing) -> None:
        """The run begins, or goes on. `standing` is the one object that the run keeps up to date."""
        ...

    def heard(self, news: News, standing: Standing) -> None:
        """Something else is done now for an attempt; comes often."""
        ...

    def done(self, done: Done, standing: Standing) -> None:
        """A piece of work has ended, and the journal says so."""
        ...

    def says(self, words: str) -> None:
        """Something that whoever waits should know."""
        ...

    def ended(self, end: RunEnded, standing: Standing) -> None: ...

    def close(self) -> None:
        """Nothing more will be told. Safe to call twice."""
        ...


class Nobody:
    """Looks away."""

    def began(self, standing: Standing) -> None: ...

    def heard(self, news: News, standing: Standing) -> None: ...

    def done(self, done: Done, standing: Standing) -> None: ...

    def says(self, words: str) -> None: ...

    def ended(self, end: RunEnded, standing: Standing) -> None: ...

    def close(self) -> None: ...
