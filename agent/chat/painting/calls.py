"""A call of the model, and what came of it."""

import json
import re
from dataclasses import dataclass

from rich.text import Text

from agent import events as ev
from agent.chat.painting.diff import diff_lines
from agent.chat.painting.hanging import Hanging
from agent.export.visible import visible
from agent.export.words import duration
from agent.screen.cut import cut_lines
from agent.todo import todo_in, todo_lines
from model_runtime.messages import ToolCall
from tools.terminal_text import plain

HEAD, TAIL = 3, 6
"""Lines of a command's output that are printed."""
DIFF_LINES = 40
COMMAND_LINES = 12
MARGIN = "  "
EXIT_CODE = re.compile(r"\[exit code \d+[^\]\n]*\]$")


@dataclass(frozen=True)
class CallWords:
    """sign: `$` for a shell command, else the tool's name."""

    sign: str
    words: str

    @property
    def is_command(self) -> bool:
        return self.sign == "$"


def call_words(call: ToolCall) -> CallWords:
    match call.name, arguments_of(call):
        case "bash", {"command": str() as command}:
            return CallWords("$", command)
        case "patch", {"diff": str()}:
            return CallWords("patch", "")
        case "todo", {"items": _}:
            return CallWords("todo", "\n".join(todo_lines(todo_in(call.arguments))))
        case "task", {"task": str() as task}:
            return CallWords("task", task)
        case "plan", {"plan": str() as plan}:
            return CallWords("plan", plan)
        case "finish", {"summary": str()}:
            return CallWords("finish", "")
        case name, {"path": str() as path}:
            return CallWords(name, path)
        case name, _:
            return CallWords(name, call.arguments)


def call_lines(call: ToolCall, *, whole: bool = False) -> list[Hanging]:
    """What is called; a long command is cut unless `whole`."""
    said = call_words(call)
    lines = visible(cut_lines(said.words)).rstrip("\n").split("\n")
    if not whole and len(lines) > COMMAND_LINES:
        more = len(lines) - COMMAND_LINES
        lines = [*lines[:COMMAND_LINES], f"… {more:,} more lines; /show opens all of them"]
    style = "bold" if said.is_command else ""
    sign = Text(f"{visible(said.sign)} ", style="bold cyan")
    return [
        Hanging(MARGIN if number else sign, Text(line, style=style), MARGIN) for number, line in enumerate(lines)
    ]


def result_lines(event: ev.ToolFinished) -> list[Hanging]:
    """What is printed below a call: a diff, or the two ends of the output, and how it ended."""
    if event.call.name in ("finish", "todo") and not event.is_error:
        return []
    lines = [line.behind(MARGIN) for line in diff_lines(event.diff, DIFF_LINES)] if event.diff else []
    if not event.diff or event.is_error or event.message.content.startswith("Warning"):
        lines += [Hanging(MARGIN, Text(line, style="dim")) for line in shortened(output_of(event))]
    return [*lines, ending(event)]


def ran_lines(event: ev.UserRan) -> list[Hanging]:
    """A command of the user's own, its output and its end."""
    _, _, output = event.message.content.partition(f"$ {event.command}\n")
    words = EXIT_CODE.sub("", visible(plain(output)[0]).strip("\n")).rstrip("\n")
    well = event.exit_code == 0
    how = "ended before its end" if event.exit_code is None else f"exit {event.exit_code}"
    sign = Text(f"{MARGIN}{'✓' if well else '✗'} ", style="green" if well else "red")
    return [
        Hanging(Text("! ", style="bold green"), Text(visible(event.command), style="bold")),
        *(Hanging(MARGIN, Text(line)) for line in shortened(words)),
        Hanging(sign, Text(f"{how} · {duration(event.seconds)}", style="dim")),
    ]


def output_of(event: ev.ToolFinished) -> str:
    """Without the exit code, which stands below it."""
    words = visible(plain(event.message.content)[0]).strip("\n")
    return EXIT_CODE.sub("", words).rstrip("\n")


def shortened(output: str) -> list[str]:
    lines = cut_lines(output).split("\n") if output else []
    left_out = len(lines) - HEAD - TAIL
    if left_out < 2:
        return lines
    return [*lines[:HEAD], f"… {left_out:,} lines; /show opens all of them", *lines[-TAIL:]]


def failed(event: ev.ToolFinished) -> bool:
    return event.is_error or event.timed_out or event.exit_code not in (None, 0)


def ending(event: ev.ToolFinished) -> Hanging:
    """`✓ 3.2 s` or `✗ exit 1 · 3.2 s`."""
    parts = []
    if event.timed_out:
        parts.append("timed out")
    elif event.job is not None:
        parts.append(f"runs on as job {event.job}")
    elif event.exit_code is not None:
        parts.append(f"exit {event.exit_code}")
    elif event.is_error:
        parts.append("failed")
    parts.append(duration(event.seconds))
    sign, style = ("✗", "red") if failed(event) else ("✓", "green")
    words = Text(" · ".join(parts), style="red" if failed(event) else "dim")
    return Hanging(Text(f"{MARGIN}{sign} ", style=style), words)


def tail_of(output: str, most: int) -> list[str]:
    """The last `most` lines of what a command has printed so far."""
    lines = [line for line in visible(plain(output)[0]).split("\n") if line.strip()]
    return lines[-most:]


def arguments_of(call: ToolCall) -> object:
    """What the call was given, None where that is not JSON."""
    try:
        return json.loads(call.arguments)
    except ValueError:
        return None
