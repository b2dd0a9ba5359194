"""The repeat ladder: the same call with the same outcome, again and again, if not in a row."""

from agent.guards.base import Guard, Notice
from agent.guards.same import call_key, result_key
from model_runtime.messages import ToolCall
from tools.base import ToolResult

REMIND_AT = (3, 5, 8)
STOP_AT = 12


class RepeatLadder(Guard):
    """Counts how often a call came to the same result since the last edit. A changed result, or a job that still
    runs, is progress and starts the count again: re-running tests and polling are honest work."""

    name = "repeat"

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}

    async def after(self, call: ToolCall, result: ToolResult) -> Notice | None:
        if result.diff and not result.is_error:
            self._seen.clear()
            return None
        key, outcome = call_key(call), result_key(result)
        before, count = self._seen.get(key, (outcome, 0))
        running = result.command is not None and result.command.job is not None
        count = count + 1 if before == outcome and not running else 1
        self._seen[key] = (outcome, count)
        if count >= STOP_AT:
            return Notice(self.name, f"The same {call.name} call gave the same result {count} times.", stop=True)
        if count in REMIND_AT:
            return Notice(self.name, reminder(call, count))
        return None


def reminder(call: ToolCall, count: int) -> str:
    return (
        f"This is time {count} that this very {call.name} call gave this very result, with no edit between. "
        f"It will not change by itself: use what you know, or try another way. At {STOP_AT} the turn is stopped."
    )
