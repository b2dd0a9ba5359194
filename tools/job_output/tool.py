from pydantic import Field

from sandbox.errors import NoSuchJob
from tools.base import Arguments, ToolContext, ToolResult
from tools.bash.report import report_job
from tools.description import load_description

# Waiting by default, because a model that finds nothing new asks again at once. In seconds.
DEFAULT_WAIT = 30
MAX_WAIT = 600


class JobOutputArguments(Arguments):
    job: int
    wait: int = Field(default=DEFAULT_WAIT, ge=0)


class JobOutputTool:
    """Reads on in a job, waiting for its end."""

    name = "job_output"
    arguments: type[Arguments] = JobOutputArguments
    example = '{"job": 1, "wait": 120}'

    def __init__(self) -> None:
        self.description = load_description(
            "tools.job_output", default_wait=str(DEFAULT_WAIT), max_wait=str(MAX_WAIT)
        )

    async def run(self, arguments: JobOutputArguments, context: ToolContext) -> ToolResult:
        try:
            result = await context.sandbox.poll(arguments.job, wait=min(arguments.wait, MAX_WAIT))
        except NoSuchJob as unknown:
            return ToolResult(str(unknown), is_error=True)
        return ToolResult(report_job(result), command=result)
