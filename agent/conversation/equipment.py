"""What joins a conversation beside the standard tools: the seam for AGENTS.md, skills, hooks, MCP, subagents,
plans.

Whoever brings such things writes one `Assemble`: it is called once when a conversation opens, with the `Room`,
and returns `Extras`:

    async def assemble(room: Room) -> Extras:
        return Extras(
            head="# The project's rules\n…",  # joins the frozen system prompt of a new session
            tools=(Extra(TodoTool(), Effect.READS),),  # join the tools, which are frozen too
            gates=(before_hook,),  # Approvers, asked before the permissions; the first refusal wins
            guards=lambda: (AfterHook(),),  # of each turn: `after` sees each result, and its Notice goes below it
            rewound=plan.bring_back,  # told after a rewind which events still count
            ended=(end_of_turn_hook,),  # told how each turn ended; words from it make the model go on
            close=servers.close,
        )

Plan mode is `room.permissions.locked = "…why, for the model…"`: only reading goes until it is "" again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.approval import Approver, Decision
from agent.config.load import Loaded
from agent.conversation.asides import Aside
from agent.events import Event, TurnEnded
from agent.guards.base import Guard
from agent.permission.base import Effect
from agent.permission.permissions import Permissions
from agent.place import Place
from model_runtime.base import ChatModel, ServerInfo
from model_runtime.messages import ToolCall
from sandbox.base import Sandbox
from tools.base import Tool


@dataclass(frozen=True)
class Room:
    """What an assembly can build on. `repository` is the top folder of the user's repository; `folder` the
    session's; `resumed`: the session goes on, so its head is what it was. `sandbox` is started. `aside` takes what
    happens beside the loop into the log."""

    loaded: Loaded
    repository: Path
    folder: Path
    place: Place
    sandbox: Sandbox
    model: ChatModel
    server: ServerInfo
    permissions: Permissions
    aside: Aside
    resumed: bool


@dataclass(frozen=True)
class Extra:
    """A further tool, and what it does: without that nobody could decide on its calls."""

    tool: Tool
    effect: Effect


def no_guards() -> tuple[Guard, ...]:
    return ()


async def nothing_open() -> None:
    """There is nothing to close."""


def nothing_to_bring_back(_events: Sequence[Event]) -> None:
    """Nothing depends on what was said."""


@dataclass(frozen=True)
class Extras:
    """See the module's text. `head` is a piece of the system prompt, without a newline at its end."""

    head: str = ""
    tools: tuple[Extra, ...] = ()
    gates: tuple[Approver, ...] = ()
    guards: Callable[[], tuple[Guard, ...]] = no_guards
    ended: tuple[Callable[[TurnEnded], Awaitable[str]], ...] = ()
    rewound: Callable[[Sequence[Event]], None] = nothing_to_bring_back
    close: Callable[[], Awaitable[None]] = field(default=nothing_open)


Assemble = Callable[[Room], Awaitable[Extras]]


async def bare(_room: Room) -> Extras:
    """Nothing beside the standard."""
    return Extras()


class Gated:
    """An Approver: each gate in turn, then the permissions."""

    def __init__(self, gates: tuple[Approver, ...], permissions: Approver) -> None:
        self._approvers = (*gates, permissions)

    async def __call__(self, call: ToolCall) -> Decision:
        for approver in self._approvers:
            decision = await approver(call)
            if not decision.allowed:
                return decision
        return Decision(allowed=True)
