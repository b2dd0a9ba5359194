"""The contract of a guard: it watches one turn for a bad pattern, tells the model, and at last stops the turn."""

from dataclasses import dataclass
from typing import Protocol

from model_runtime.base import Delta
from model_runtime.messages import ToolCall
from tools.base import ToolResult


@dataclass(frozen=True)
class Notice:
    """What a guard noticed: `text` is what the model is told. `stop`: the turn ends here."""

    guard: str
    text: str
    stop: bool = False


@dataclass(frozen=True)
class Cut(Notice):
    """A reply is cut off while it comes in. `keep` is how many characters of its thinking stay in the history,
    None for all."""

    keep: int | None = None


class Guard(Protocol):
    """Made anew for every turn. An implementation states the moments that matter to it; the others do nothing."""

    name: str

    def asked(self) -> None:
        """A request goes out, or goes out again: everything streamed so far is void."""
        return

    def streamed(self, delta: Delta) -> Cut | None:  # noqa: ARG002
        """A piece of the reply came in. Only called where the reply is streamed."""
        return None

    async def before(self, call: ToolCall) -> Notice | None:  # noqa: ARG002
        """A call is about to run. With a notice it does not run, and the notice is its result."""
        return None

    async def after(self, call: ToolCall, result: ToolResult) -> Notice | None:  # noqa: ARG002
        """A call has run. A notice is put below its result."""
        return None
