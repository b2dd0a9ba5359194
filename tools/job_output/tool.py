from pydantic import Field

from tools.base import Arguments, ToolContext, ToolResult
from tools.bash.report import report
from tools.description import load_description

# Waiting by default, because a model that finds nothing new asks again at once. In seconds.
DEFAULT_WAIT = 30
MAX_WAIT = 600


class JobOutputArguments(Arguments):
    job: int
    wait: int = Field(default=DEFAULT_WAIT, ge=0)


class JobOutputTool:
    name = "job_output"
    arguments: type[Arguments] = JobOutputArguments
    example = '{"job": 1, "wait": 120}'

    def __init__(self) -> None:
        self.description = load_description(
            "tools.job_output", default_wait=str(DEFAULT_WAIT), max_wait=str(MAX_WAIT)
        )

    async def run(self, arguments: JobOutputArguments, context: ToolContext) -> ToolResult:
        result = await context.sandbox.poll(arguments.job, wait=min(arguments.wait, MAX_WAIT))
        return ToolResult(report(result, empty="(nothing new)"), command=result)
