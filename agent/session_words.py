"""What a session says at its ends: how it begins, how it fails, what a resumed one must know."""

from dataclasses import dataclass

from agent.errors import MIMOSA_ERRORS
from agent.events import SessionStarted, TurnEnded, UserSaid
from agent.loop import LOST
from agent.means import Means
from model_runtime.base import ToolSchema
from model_runtime.messages import SystemMessage, UserMessage
from sandbox.errors import SandboxDied


@dataclass(frozen=True)
class About:
    """What a new session is about. `task` in the user's words; `repository` and `commit` say what it works on;
    `sandbox` what it works in; `system` is the whole system prompt. `parent` is the session that gives this one
    its work; with that one's `tools` as schemas both have the same head."""

    command: str
    task: str
    repository: str
    commit: str
    sandbox: str
    system: str
    parent: str = ""
    tools: tuple[ToolSchema, ...] = ()


def unwatched(_text: str) -> None:
    """For a command whose output nobody follows."""


def first_event(session: str, means: Means, about: About) -> SessionStarted:
    tools = (
        ToolSchema(name=spec.name, description=spec.description, parameters=spec.parameters)
        for spec in means.toolbox.specs
    )
    return SessionStarted(
        session=session,
        command=about.command,
        task=about.task,
        repository=about.repository,
        commit=about.commit,
        model=means.model.name,
        sandbox=about.sandbox,
        context_length=means.server.context_length,
        parent=about.parent,
        system=SystemMessage(content=about.system),
        tools=about.tools or tuple(tools),
    )


def how_it_failed(error: Exception) -> tuple[TurnEnded, str]:
    """How an error ends a turn, and what the model is told of calls that were under way."""
    ended = TurnEnded(
        reason="limit" if getattr(error, "exit_code", 1) == 4 else "failed",
        detail=str(error) if isinstance(error, MIMOSA_ERRORS) else f"{type(error).__name__}: {error}",
    )
    died = "The sandbox died while this ran. " if isinstance(error, SandboxDied) else ""
    return ended, died + LOST


def by_mimosa(text: str) -> UserSaid:
    return UserSaid(message=UserMessage(content=text), by="mimosa")


def resumed_text(workspace: str, archives: list[str]) -> str:
    earlier = f" The conversation before the summary is in {', '.join(archives)}." if archives else ""
    return (
        "The session was interrupted and goes on in a new sandbox. "
        f"The files of {workspace} are as you left them, ignored files excepted. "
        "Running processes, background jobs, the working directory, shell variables and files outside "
        f"{workspace} are gone.{earlier} Go on."
    )


def storable(text: str) -> str:
    """`text` with what UTF-8 cannot hold replaced: a terminal may hand on broken bytes as surrogates."""
    return text.encode("utf-8", "replace").decode()
