"""A tool call as an editor shows it: title, kind, what it touches, and its edit as old and new text."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from agent.events import ToolFinished
from agent.export.unified import FileDiff, Line, parse_diff
from model_runtime.messages import ToolCall

if TYPE_CHECKING:
    from acp.helpers import ToolCallContentVariant
    from acp.schema import ToolCallLocation, ToolKind

KINDS: "dict[str, ToolKind]" = {
    "bash": "execute",
    "job_output": "execute",
    "job_kill": "execute",
    "str_replace": "edit",
    "patch": "edit",
    "task": "think",
    "todo": "think",
    "plan": "think",
}
MOST_TITLE = 120
"""Characters of a title; an editor shows one line."""


class CallView:
    """Speaks of calls in the editor's terms: paths are those of the user's repository, not of the sandbox."""

    def __init__(self, repository: Path, workspace: str) -> None:
        self._repository = repository
        self._workspace = PurePosixPath(workspace)

    def title(self, call: ToolCall) -> str:
        """What the call does, in one line."""
        match call.name, self.input(call):
            case "bash", {"command": str() as command}:
                title = command
            case "str_replace", {"path": str() as path}:
                title = f"Edit {path}"
            case name, {"description": str() as words}:
                title = f"{name}: {words}"
            case name, _:
                title = name
        line = " ".join(title.split())
        return line if len(line) <= MOST_TITLE else line[: MOST_TITLE - 1] + "…"

    def kind(self, call: ToolCall) -> "ToolKind":
        return KINDS.get(call.name, "other")

    def input(self, call: ToolCall) -> Any:
        """The arguments as JSON, or as the text that is none."""
        try:
            return json.loads(call.arguments)
        except (ValueError, RecursionError):
            return call.arguments

    def locations(self, call: ToolCall) -> "list[ToolCallLocation]":
        """The file that the call names, where it does."""
        from acp.schema import ToolCallLocation

        match self.input(call):
            case {"path": str() as path}:
                return [ToolCallLocation(path=str(self.on_host(path)))]
            case _:
                return []

    def on_host(self, path: str) -> Path:
        """The user's file for a path of the sandbox. One outside the workspace stays as it is."""
        whole = self._workspace / path
        if not whole.is_relative_to(self._workspace):
            return Path(path)
        return self._repository / whole.relative_to(self._workspace)

    def result(self, event: ToolFinished) -> "list[ToolCallContentVariant]":
        """What came of a call: its edit as diffs, else what it said."""
        from acp import text_block, tool_content

        edits = self.diffs(event.diff)
        if edits and not event.is_error:
            return edits
        return [*edits, tool_content(text_block(event.message.content))]

    def diffs(self, diff: str) -> "list[ToolCallContentVariant]":
        """A unified diff as the editor's, one a hunk."""
        from acp import tool_diff_content

        return [
            tool_diff_content(str(self.on_host(file.name)), new, old or None)
            for file in parse_diff(diff)
            for old, new in changes(file)
        ]


def changes(file: FileDiff) -> Iterator[tuple[str, str]]:
    """Old and new text of each hunk of a file."""
    hunk: list[Line] = []
    for line in [*file.lines, Line("hunk", "")]:
        if line.kind != "hunk":
            hunk.append(line)
        elif hunk:
            yield side(hunk, "removed"), side(hunk, "added")
            hunk = []


def side(hunk: list[Line], own: str) -> str:
    lines = [line.text for line in hunk if line.kind in ("same", own)]
    return "".join(f"{line}\n" for line in lines)
