"""A plan that the model presents, drawn as the markdown it is."""

from typing import TYPE_CHECKING

from rich.text import Text

from agent.chat.painting.calls import arguments_of
from agent.chat.painting.hanging import Hanging
from model_runtime.messages import ToolCall

if TYPE_CHECKING:
    from rich.console import RenderableType


def plan_of(call: ToolCall) -> str:
    """The plan that a call presents, "" if it is none of these."""
    match call.name.strip(), arguments_of(call):
        case "plan", {"plan": str() as plan}:
            return plan
    return ""


def plan_lines(plan: str, sign: Text) -> list["RenderableType"]:
    from agent.chat.painting.markdown import ChatMarkdown

    return [Hanging(sign, Text("the plan", style="bold")), ChatMarkdown(plan)]
