"""`finish` with nothing changed but tests."""

from collections.abc import Awaitable, Callable

from agent.guards.base import Guard, Notice
from agent.patch_files import is_test, touched_files
from model_runtime.messages import ToolCall

REFUSALS = 2


class EmptyPatch(Guard):
    """Refuses `finish` twice while no file but tests has changed, then lets it pass: not every issue has a fix.
    `diff` gives the patch since the start."""

    name = "empty_patch"

    def __init__(self, diff: Callable[[], Awaitable[bytes]]) -> None:
        self._diff = diff
        self._refused = 0

    async def before(self, call: ToolCall) -> Notice | None:
        if call.name.strip() != "finish" or self._refused >= REFUSALS:
            return None
        files = touched_files(await self._diff())
        if any(not is_test(file) for file in files):
            return None
        self._refused += 1
        what = f"Only tests were changed ({', '.join(files[:5])})" if files else "No file was changed"
        return Notice(
            self.name,
            f"Not finished: {what}, so the issue is not resolved. Change the code at the cause of the issue. "
            "If it cannot or need not be changed, call finish again and say why.",
        )
