"""Tables that carry a name of their own: `[mcp.NAME]` is a server, `[hooks.NAME]` a command at a moment."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.config.settings import Section, WebAddress

Moment = Literal["before_tool", "after_tool", "turn_end"]

_SECRET = re.compile(r"(^|[_-])(api_?key|key|token|secret|password|authorization|cookie)($|[_-])", re.IGNORECASE)


class ServerSettings(Section):
    """An MCP server: a program that is started, or an address. In `args`, `env`, `url` and `headers` a `${NAME}`
    stands for a variable of your environment."""

    command: str = ""
    """Program to start; it runs on this machine, as you."""
    args: tuple[str, ...] = ()
    """Its arguments."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables for it, beside HOME, PATH and the like: it does not get the whole environment."""
    url: WebAddress = ""
    """Address of a server that speaks streamable HTTP, instead of `command`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers of every request to `url`."""
    start_timeout_s: Annotated[float | None, Field(gt=0)] = None
    """Seconds that it may take to answer at the start; `tools.mcp_start_s` if not set."""
    call_timeout_s: Annotated[float | None, Field(gt=0)] = None
    """Seconds that a call may take; `tools.mcp_call_s` if not set."""
    enabled: bool = True
    """Whether it is used."""

    @model_validator(mode="after")
    def one_way_to_reach_it(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("expected either a command or a url")
        return self

    @model_validator(mode="after")
    def no_secret_in_a_file(self) -> Self:
        for name, value in (*self.env.items(), *self.headers.items()):
            if value and _SECRET.search(name) and "${" not in value:
                raise ValueError(
                    f"{name} looks like a secret, which is not kept in a configuration file; put it in your "
                    "environment and write ${VARIABLE} here"
                )
        return self


class HookSettings(Section):
    """A command that runs on this machine, as you, at a moment of every session."""

    on: Moment
    """Before a tool runs, after it ran, or at the end of a turn."""
    command: Annotated[str, Field(min_length=1)]
    """What the shell runs, in the repository's folder. It reads one JSON object from standard input."""
    tools: tuple[str, ...] = ("*",)
    """Names of the tools it is for, as shell patterns."""
    timeout_s: Annotated[float, Field(gt=0)] = 30.0
    """Seconds it may take; then it is ended and counts as failed."""
    required: bool = False
    """Whether a hook before a tool that itself fails keeps the tool from running."""


NAMED: dict[str, type[Section]] = {"mcp": ServerSettings, "hooks": HookSettings}
