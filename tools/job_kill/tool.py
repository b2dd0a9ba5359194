from tools.base import Arguments, ToolContext, ToolResult
from tools.bash.report import report
from tools.description import load_description


class JobKillArguments(Arguments):
    job: int


class JobKillTool:
    name = "job_kill"
    arguments: type[Arguments] = JobKillArguments
    example = '{"job": 1}'

    def __init__(self) -> None:
        self.description = load_description("tools.job_kill")

    async def run(self, arguments: JobKillArguments, context: ToolContext) -> ToolResult:
        result = await context.sandbox.kill(arguments.job)
        return ToolResult(report(result, empty="(nothing new)"), command=result)
