"""The permission question: what would be done is shown whole, then it is asked for."""

import asyncio
import time
from typing import TYPE_CHECKING

from rich.text import Text

from agent.chat.painting.calls import arguments_of
from agent.chat.painting.diff import diff_lines, replacement_lines
from agent.chat.painting.hanging import Hanging
from agent.chat.painting.painter import Painter
from agent.chat.painting.plan import plan_of
from agent.chat.panel import LinePanel, ListPanel, Option
from agent.chat.screen import Screen
from agent.chat.style import MARK
from agent.export.visible import visible
from agent.permission.base import Answer, PermissionRequest

if TYPE_CHECKING:
    from rich.console import RenderableType

QUIET_S = 0.8
"""A question waits until nothing was typed for so long, so that no letter of a message becomes an answer."""


class ScreenAsker:
    """An Asker. One question at a time."""

    def __init__(self, screen: Screen, painter: Painter) -> None:
        self._screen = screen
        self._painter = painter
        self._one = asyncio.Lock()
        self._typed_at = 0.0
        screen.buffer.on_text_changed += self._typed

    async def ask(self, request: PermissionRequest) -> Answer:
        async with self._one:
            await self._until_quiet()
            self._painter.rest()
            if plan := plan_of(request.call):
                self._painter.show_plan(plan)
            else:
                self._painter.draw("", *shown(request))
            options = options_of(request)
            title = visible(f"Allow it to {request.what}? {request.why.rstrip('.')}.")
            chosen = await self._screen.choose(ListPanel(title, [option for option, _ in options]))
            answer = options[chosen][1] if chosen is not None else Answer(allowed=False)
            if chosen == len(options) - 1:
                answer = await self._refusal()
            self._painter.print(told(answer, request))
            self._painter.begin("going on")
            return answer

    async def _refusal(self) -> Answer:
        reason = await self._screen.line(LinePanel("What shall it do instead? Enter for no word.", f"{MARK} "))
        return Answer(allowed=False, reason=(reason or "").strip())

    async def _until_quiet(self) -> None:
        left = self._typed_at + QUIET_S - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
            await self._until_quiet()

    def _typed(self, _sender: object) -> None:
        self._typed_at = time.monotonic()


def options_of(request: PermissionRequest) -> list[tuple[Option, Answer]]:
    """What can be answered; the last one also asks for a reason."""
    # A plan is accepted, and not allowed for once.
    options = [(Option("Yes" if plan_of(request.call) else "Yes, once", "y"), Answer(allowed=True))]
    for number, pattern in enumerate(request.patterns, start=1):
        key = "s" if number == 1 else str(number)
        label = f"Yes, and for this session: {visible(pattern)}"
        options.append((Option(label, key), Answer(allowed=True, pattern=pattern)))
    options.append((Option("No", "n"), Answer(allowed=False)))
    options.append((Option("No, and tell it why", "r"), Answer(allowed=False)))
    return options


def shown(request: PermissionRequest) -> list["RenderableType"]:
    """The whole of what is asked for: an edit as a diff, else the command."""
    sign = Text("? ", style="bold yellow")
    match request.call.name.strip(), arguments_of(request.call):
        case "str_replace", {"path": str() as path, "old_str": str() as old, "new_str": str() as new}:
            return [Hanging(sign, Text(visible(f"change {path}"), style="bold")), *replacement_lines(old, new)]
        case "patch", {"diff": str() as diff}:
            return [Hanging(sign, Text(visible(request.what), style="bold")), *diff_lines(diff)]
    lines = visible(request.detail).rstrip("\n").split("\n")
    return [Hanging("  " if number else sign, Text(line, style="bold"), "  ") for number, line in enumerate(lines)]


def told(answer: Answer, request: PermissionRequest) -> Text:
    if not answer.allowed:
        return Text(f"  refused{f': {visible(answer.reason)}' if answer.reason else ''}", style="red")
    if plan_of(request.call):
        return Text("  accepted", style="green")
    kept = f" for this session: {visible(answer.pattern)}" if answer.pattern else " once"
    return Text(f"  allowed{kept}", style="green")
