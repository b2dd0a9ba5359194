"""What happens beside the loop and belongs into the log: questions to the user, hooks that fail."""

from collections.abc import Callable

from agent.events import Event, PermissionAnswered, PermissionAsked
from agent.permission.base import Answer, Asker, PermissionRequest

Aside = Callable[[Event], object]
"""Takes an event into the log. Raises SessionError if the disk does not."""


class Asides:
    """Passes events on to the session that `to` names; what comes before there is one belongs to nobody."""

    def __init__(self) -> None:
        self._to: Aside | None = None

    def to(self, record: Aside) -> None:
        self._to = record

    def __call__(self, event: Event) -> None:
        if self._to is not None:
            self._to(event)


class RecordedAsker:
    """An Asker whose questions and answers are in the log, each before it counts."""

    def __init__(self, asker: Asker, aside: Aside) -> None:
        self._asker = asker
        self._aside = aside

    async def ask(self, request: PermissionRequest) -> Answer:
        call = request.call.id
        self._aside(PermissionAsked(call_id=call, what=request.what, why=request.why))
        answer = await self._asker.ask(request)
        self._aside(
            PermissionAnswered(call_id=call, allowed=answer.allowed, pattern=answer.pattern, reason=answer.reason)
        )
        return answer
