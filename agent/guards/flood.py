"""Too many calls in one reply, and duplicates among them."""

from agent.guards.base import Guard, Notice
from agent.guards.same import call_key
from model_runtime.messages import ToolCall

MOST = 8
"""Calls of one reply that are run."""
STOP_AT = 4
"""Flooded replies in a row that stop the turn."""

DUPLICATE = "Not run: the same call stands earlier in the same reply, and its result is above."
SURPLUS = (
    f"Not run: only the first {MOST} calls of a reply are run. Look at their results before you call for more."
)


class Flood(Guard):
    name = "flood"

    def __init__(self) -> None:
        self._calls: set[tuple[str, str]] = set()
        self._new_reply = False
        self._flooded = False
        self._in_a_row = 0

    def asked(self) -> None:
        self._new_reply = True

    async def before(self, call: ToolCall) -> Notice | None:
        if self._new_reply:
            self._begin()
        key = call_key(call)
        if key in self._calls:
            return self._cancel(DUPLICATE)
        if len(self._calls) >= MOST and call.name.strip() != "finish":
            return self._cancel(SURPLUS)
        self._calls.add(key)
        return None

    def _begin(self) -> None:
        self._in_a_row = self._in_a_row if self._flooded else 0
        self._new_reply = self._flooded = False
        self._calls.clear()

    def _cancel(self, text: str) -> Notice:
        self._in_a_row += not self._flooded
        self._flooded = True
        return Notice(self.name, text, stop=self._in_a_row >= STOP_AT)
