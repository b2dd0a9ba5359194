"""The contract between whoever decides on calls and whoever can be asked."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, get_args

from model_runtime.messages import ToolCall

Mode = Literal["read-only", "ask", "auto"]
"""`read-only`: nothing that changes files or reaches out. `ask`: a person decides on that. `auto`: inside the
sandbox everything goes, and only what leaves it is asked for."""

MODES: tuple[Mode, ...] = get_args(Mode)


class Effect(Enum):
    """What a tool does. Whoever adds a tool says it; one that nobody vouches for leaves the sandbox."""

    READS = "only reads"
    CHANGES = "changes files in the sandbox"
    ASKS_OUTSIDE = "reads outside of the sandbox"
    """By its own word: it changes nothing, but what it is given leaves the sandbox."""
    LEAVES = "reaches out of the sandbox"


@dataclass(frozen=True)
class PermissionRequest:
    """What a person is asked. `what` is one line for the question ("run a command", "change src/a.py"),
    `detail` the whole of it: the command, the diff, the arguments. `why` says in words why it is not simply
    done. `patterns` are rules that would allow it for the rest of the session, the narrowest first; empty
    where none can."""

    call: ToolCall
    effect: Effect
    what: str
    detail: str
    why: str
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A person's decision. `pattern`: one of the request's, allowed until the session ends. `reason` is read
    by the model when it is refused."""

    allowed: bool
    reason: str = ""
    pattern: str = ""


class Asker(Protocol):
    """Whoever can ask a person: a screen, an editor."""

    async def ask(self, request: PermissionRequest) -> Answer:
        """Wait for a decision; cancelled if the turn is interrupted meanwhile."""
        ...
