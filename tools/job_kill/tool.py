from sandbox.errors import NoSuchJob
from tools.base import Arguments, ToolContext, ToolResult
from tools.bash.report import report_job
from tools.description import load_description


class JobKillArguments(Arguments):
    job: int


class JobKillTool:
    """Ends a job."""

    name = "job_kill"
    arguments: type[Arguments] = JobKillArguments
    example = '{"job": 1}'

    def __init__(self) -> None:
        self.description = load_description("tools.job_kill")

    async def run(self, arguments: JobKillArguments, context: ToolContext) -> ToolResult:
        try:
            result = await context.sandbox.kill(arguments.job)
        except NoSuchJob as unknown:
            return ToolResult(str(unknown), is_error=True)
        return ToolResult(report_job(result), command=result)
