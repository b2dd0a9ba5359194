"""What tests of tools work with."""

import json
import shlex
from dataclasses import dataclass, field

from sandbox.base import Sandbox
from tools.base import ToolResult
from tools.toolbox import Toolbox


@dataclass
class Bench:
    """Calls tools as the loop does, and looks at the workspace as nobody else does."""

    sandbox: Sandbox
    toolbox: Toolbox
    seen: list[str] = field(default_factory=list)

    async def call(self, name: str, **arguments: object) -> ToolResult:
        return await self.toolbox.call(name, json.dumps(arguments), self.seen.append)

    async def shell(self, command: str) -> str:
        result = await self.sandbox.run(f"( cd {shlex.quote(self.sandbox.workspace)} && {command} )", timeout=30)
        assert result.exit_code == 0, result.output
        return result.output

    async def tree(self) -> str:
        """Every file of the workspace with its mode and content's hash."""
        return await self.shell(
            "find . -path ./.git -prune -o -type f -printf '%m %p ' -exec sha1sum '{}' \\; | sort -k2"
        )
