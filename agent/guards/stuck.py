"""Stuck patterns: one step over and over, errors in a row, two steps in turn."""

from collections import deque

from agent.guards.base import Guard, Notice
from agent.guards.same import call_key, result_key
from model_runtime.messages import ToolCall
from tools.base import ToolResult

Step = tuple[tuple[str, str], int]

SAME, SAME_STOP = 4, 8
ERRORS, ERRORS_STOP = 3, 10
ROUNDS, ROUNDS_STOP = 6, 10


class Stuck(Guard):
    """Looks at what each step was and what it gave: a call and its result are one step."""

    name = "stuck"

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=3)
        self._same = 0
        self._errors = 0
        self._alternating = 0

    async def after(self, call: ToolCall, result: ToolResult) -> Notice | None:
        if result.command is not None and result.command.job is not None:
            return None  # waiting for a job that runs is no step
        self._count((call_key(call), result_key(result)), result.is_error)
        rounds, half = divmod(self._alternating, 2)
        return (
            self._notice(self._same, SAME, SAME_STOP, "The last {} steps were the same call with the same result.")
            or self._notice(self._errors, ERRORS, ERRORS_STOP, "The last {} calls all failed.")
            or self._notice(
                0 if half else rounds, ROUNDS, ROUNDS_STOP, "The same two steps have taken turns {} times."
            )
        )

    def _count(self, step: Step, failed: bool) -> None:
        last = self._steps[-1] if self._steps else None
        before_last = self._steps[-2] if len(self._steps) > 1 else None
        self._same = self._same + 1 if step == last else 1
        self._errors = self._errors + 1 if failed else 0
        if step == before_last and step != last:
            self._alternating = max(self._alternating, 2) + 1
        else:
            self._alternating = 0
        self._steps.append(step)

    def _notice(self, count: int, remind_at: int, stop_at: int, fact: str) -> Notice | None:
        if count >= stop_at:
            return Notice(self.name, fact.format(count), stop=True)
        if count and count % remind_at == 0:
            return Notice(self.name, f"{fact.format(count)} {ADVICE}")
        return None


ADVICE = (
    "That leads nowhere. Say to yourself what you expected and what came instead, and take another way: "
    "read the file again, a smaller step, another tool."
)
