"""`finish` although the last edit was not tested."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable

from agent.guards.base import Guard, Notice
from model_runtime.messages import ToolCall
from tools.base import ToolResult

RUNNERS = re.compile(
    r"\b(pytest|py\.test|tox|nox|unittest|runtests?(\.\w+)?|ctest|rspec|phpunit|jest|vitest|mocha)\b"
    r"|\b(npm|pnpm|yarn|bun|deno|go|cargo|make|mvn|gradlew?|rake|dotnet|swift|mix)\b[^|;&\n]*\b(tests?|check|verify)\b"
    r"|\btests?/\S+|\btest_\w+\.py\b"
)


class StaleTests(Guard):
    """Reminds once. The patch at the last test run is compared with the patch at `finish`, so an edit is an edit
    by whatever means it was made. `diff` gives the patch since the start; `test_command` is the project's own."""

    name = "stale_tests"

    def __init__(self, diff: Callable[[], Awaitable[bytes]], test_command: str = "") -> None:
        self._diff = diff
        self._command = test_command.strip()
        self._tested: str | None = None
        self._reminded = False

    async def before(self, call: ToolCall) -> Notice | None:
        if call.name.strip() != "finish" or self._reminded:
            return None
        patch = await self._diff()
        if not patch or fingerprint(patch) == self._tested:
            return None
        self._reminded = True
        what = "No test was run" if self._tested is None else "The last test run is older than the last edit"
        how = f" ({self._command})" if self._command else ""
        return Notice(
            self.name,
            f"Not finished yet: {what}. Run the tests that cover the change{how}, and call finish when you have "
            "seen them pass. If they cannot be run here, call finish again and say so.",
        )

    async def after(self, call: ToolCall, result: ToolResult) -> Notice | None:
        if result.command is not None and self._runs_tests(call):
            self._tested = fingerprint(await self._diff())
        return None

    def _runs_tests(self, call: ToolCall) -> bool:
        try:
            command = str(json.loads(call.arguments).get("command", ""))
        except (ValueError, AttributeError):
            return False
        return bool(RUNNERS.search(command)) or (bool(self._command) and self._command in command)


def fingerprint(patch: bytes) -> str:
    return hashlib.sha256(patch).hexdigest()
