from dataclasses import dataclass

from pydantic import Field, field_validator

from tools.base import Arguments, ToolContext, ToolResult
from tools.bash.report import report
from tools.description import load_description


@dataclass(frozen=True)
class BashSettings:
    """All in seconds. `background_after`: when a running command becomes a job. `default_timeout` bounds a
    command whose call names no timeout, `max_timeout` any."""

    background_after: int = 60
    default_timeout: int = 600
    max_timeout: int = 3600


class BashArguments(Arguments):
    command: str
    timeout: int | None = Field(default=None, ge=1)

    @field_validator("command")
    @classmethod
    def runnable(cls, command: str) -> str:
        if not command.strip():
            raise ValueError("is empty")
        if "\0" in command:
            raise ValueError("holds a NUL character, which no command can")
        return command


class BashTool:
    """Runs a command in the sandbox. An exit code other than 0 is information, not a tool error."""

    name = "bash"
    arguments: type[Arguments] = BashArguments
    example = '{"command": "python -m pytest -q tests/test_parser.py", "timeout": 300}'

    def __init__(self, settings: BashSettings) -> None:
        self._settings = settings
        self.description = load_description(
            "tools.bash",
            background_after=str(settings.background_after),
            default_timeout=str(settings.default_timeout),
            max_timeout=str(settings.max_timeout),
        )

    async def run(self, arguments: BashArguments, context: ToolContext) -> ToolResult:
        timeout = min(arguments.timeout or self._settings.default_timeout, self._settings.max_timeout)
        background_after = self._settings.background_after
        result = await context.sandbox.run(
            arguments.command,
            timeout=timeout,
            background_after=background_after if background_after < timeout else None,
            watch=context.watch,
        )
        text = report(result, empty="(no output so far)" if result.exit_code is None else "(no output)")
        if result.job is not None:
            text += (
                f"\n[it goes on in the background, until {timeout} s at most: "
                f"job_output(job={result.job}) reads on, job_kill(job={result.job}) ends it]"
            )
        return ToolResult(text, command=result)
