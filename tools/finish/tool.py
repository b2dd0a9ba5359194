from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description


class FinishArguments(Arguments):
    summary: str


class FinishTool:
    """Ends the turn. The result's `content` is the summary."""

    name = "finish"
    arguments: type[Arguments] = FinishArguments
    example = '{"summary": "parse() dropped the last field; it now keeps it. Added a test; all tests pass."}'

    def __init__(self) -> None:
        self.description = load_description("tools.finish")

    async def run(self, arguments: FinishArguments, context: ToolContext) -> ToolResult:  # noqa: ARG002
        return ToolResult(arguments.summary.strip() or "(no summary)", ends_turn=True)
