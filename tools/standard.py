"""The tools of every session: the trio that the model was trained on, and a few beside it."""

from tools.base import Tool
from tools.bash.tool import BashSettings, BashTool
from tools.finish.tool import FinishTool
from tools.job_kill.tool import JobKillTool
from tools.job_output.tool import JobOutputTool
from tools.patch.tool import PatchTool
from tools.str_replace.tool import StrReplaceTool


def standard_tools(bash: BashSettings | None = None) -> tuple[Tool, ...]:
    """In the order in which the model reads of them."""
    return (
        BashTool(bash or BashSettings()),
        JobOutputTool(),
        JobKillTool(),
        StrReplaceTool(),
        PatchTool(),
        FinishTool(),
    )
