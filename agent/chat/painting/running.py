"""Calls that run now: what each is, and the end of what it has printed."""

from collections.abc import Sequence

from rich.text import Text

from agent.chat.painting.calls import call_lines, tail_of
from model_runtime.messages import ToolCall

OUTPUT_KEPT = 8000
"""Characters of a running command's output that its tail is taken from."""
TAIL = 5


class Running:
    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.output = ""

    def take(self, text: str) -> None:
        self.output = (self.output + text)[-OUTPUT_KEPT:]


def running_lines(calls: Sequence[Running], width: int) -> list[Text]:
    """One call with the tail of its output; of several a line each, and the last that it printed."""
    heads, tail = (3, TAIL) if len(calls) == 1 else (1, 1)
    lines: list[Text] = []
    for running in calls:
        lines += [one_line(line.plain, width, "bold") for line in call_lines(running.call)[:heads]]
        lines += [one_line(f"  {line}", width, "dim") for line in tail_of(running.output, tail)]
    return lines


def one_line(words: str, width: int, style: str) -> Text:
    text = Text(words, style=style)
    text.truncate(width, overflow="ellipsis")
    return text
