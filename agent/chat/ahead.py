"""Lines that are typed while something goes on: they wait here to be carried out, and in the session's log."""

from collections.abc import Callable

from agent.chat.talk import Talk
from agent.chat.work import Work
from agent.errors import SessionError


class TypedAhead:
    """Where the disk does not take a line it waits all the same, and `failed` is told: only a kill costs it."""

    def __init__(self, work: Work, talk: Talk, failed: Callable[[BaseException], None]) -> None:
        self._work = work
        self._talk = talk
        self._failed = failed

    def add(self, text: str) -> None:
        """After what waits already."""
        if self._work.going_on or self._work.waiting:
            self._log(self._talk.queue, text)
        self._work.add(text)

    def recall(self) -> str | None:
        """The last that waits, taken out."""
        text = self._work.recall()
        if text is not None:
            self.take(text)
        return text

    def take(self, text: str) -> None:
        """It waits no more, and is not said."""
        self._log(self._talk.take, text)

    def take_up(self, carried: str) -> int:
        """A session was opened, for the line `carried` ("" if for none): what waited in it when it was left waits
        again, and what waits here is in its log from now on. Returns how many came back."""
        here = [carried, *self._work.waiting]
        back = []
        for text in self._talk.ahead:
            if text in here:
                here.remove(text)
            else:
                back.append(text)
        for text in here:
            if text != carried:
                self._log(self._talk.queue, text)
        for text in reversed(back):
            self._work.put_back(text)
        return len(back)

    def _log(self, write: Callable[[str], None], text: str) -> None:
        try:
            write(text)
        except SessionError as error:
            self._failed(error)
