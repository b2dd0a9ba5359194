"""A tool that is in the head and cannot be used here: the heads of two contexts are the same, what goes is not."""

from tools.base import Arguments, Tool, ToolContext, ToolResult


class Refused:
    """Looks like `tool` to the model; every call is answered with `words`."""

    def __init__(self, tool: Tool, words: str) -> None:
        self.name = tool.name
        self.description = tool.description
        self.arguments = tool.arguments
        self.example = tool.example
        self._words = words

    async def run(self, arguments: Arguments, context: ToolContext) -> ToolResult:  # noqa: ARG002
        return ToolResult(self._words, is_error=True)
