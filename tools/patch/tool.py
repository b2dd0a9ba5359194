from tools.base import Arguments, ToolContext, ToolResult
from tools.description import load_description
from tools.patch.carry_out import carry_out
from tools.patch.model import BadPatch
from tools.patch.parse import parse_patch
from tools.patch.plan import Change, make_plan
from tools.screen_diff import unified_diff


class PatchArguments(Arguments):
    diff: str


class PatchTool:
    """Applies a unified diff, whole or not at all."""

    name = "patch"
    arguments: type[Arguments] = PatchArguments
    example = (
        r'{"diff": "--- a/src/parser.py\n+++ b/src/parser.py\n@@ -40,2 +40,2 @@\n'
        r' def parse(line):\n-    return line[:-1]\n+    return line\n"}'
    )

    def __init__(self) -> None:
        self.description = load_description("tools.patch")

    async def run(self, arguments: PatchArguments, context: ToolContext) -> ToolResult:
        try:
            changes = await make_plan(context.sandbox, parse_patch(arguments.diff))
            await carry_out(context.sandbox, changes)
        except (BadPatch, OSError) as fault:
            return ToolResult(f"Nothing was changed.\n{fault}", is_error=True)
        told = "\n".join(_told(change) for change in changes)
        return ToolResult(f"Applied:\n{told}", diff="".join(_diff(change) for change in changes))


def _told(change: Change) -> str:
    lines = unified_diff(change.before, change.after, "x", "x").split("\n")[2:]
    counts = f"+{sum(line[:1] == '+' for line in lines)} -{sum(line[:1] == '-' for line in lines)}"
    notes = f"; {'; '.join(change.notes)}" if change.notes else ""
    return f"{_action(change)} ({counts}){notes}"


def _action(change: Change) -> str:
    if change.source is None:
        return f"created {_name(change)}"
    if change.target is None:
        return f"deleted {_name(change)}"
    if change.source.real != change.target.real:
        return f"renamed {change.source.shown} to {change.target.shown}"
    return f"changed {_name(change)}"


def _name(change: Change) -> str:
    place = change.target or change.source
    return place.shown if place else ""


def _diff(change: Change) -> str:
    old = change.source.shown if change.source else "/dev/null"
    new = change.target.shown if change.target else "/dev/null"
    renamed = f"rename from {old}\nrename to {new}\n" if _action(change).startswith("renamed") else ""
    return renamed + unified_diff(change.before, change.after, old, new)
