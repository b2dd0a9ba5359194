"""The tools of every session: the trio that the model was trained on, and a few beside it."""

from tools.base import Tool
from tools.finish.tool import FinishTool


def standard_tools() -> tuple[Tool, ...]:
    """In the order in which the model reads of them."""
    return (FinishTool(),)
