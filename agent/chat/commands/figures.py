"""/usage /doctor /config: figures and findings."""

import io
import os
from contextlib import aclosing
from typing import TYPE_CHECKING

from rich.console import Console

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.commands.words import two_columns
from agent.export.words import count, duration

if TYPE_CHECKING:
    from agent.chat.chat import Chat


async def run_usage(chat: "Chat", _argument: str) -> None:
    standing = opened(chat).standing
    cached = f" ({standing.cached / standing.read:.0%} from the cache)" if standing.read else ""
    rows = [
        ("read", f"{count(standing.read)} tokens{cached}"),
        ("written", f"{count(standing.written)} tokens"),
        ("model", f"{duration(standing.model_seconds)} of waiting"),
    ]
    if standing.written and standing.model_seconds:
        rows.append(("speed", f"{standing.written / standing.model_seconds:.0f} tokens a second"))
    figures = await opened(chat).measured()
    if figures and figures.acceptance is not None:
        rows.append(("acceptance", f"{figures.acceptance:.2f} tokens a decoding step"))
    if figures and figures.gpu_seconds is not None:
        rows.append(("GPUs", f"{figures.gpu_seconds:,.0f} GPU seconds on {figures.gpus}"))
    if figures and figures.joules is not None:
        rows.append(("energy", f"{figures.joules / 3600:,.1f} Wh"))
    chat.show(two_columns(rows))


async def run_doctor(chat: "Chat", _argument: str) -> None:
    from agent.doctor.diagnose import diagnose
    from agent.doctor.show import show_finding, verdict_line

    findings = []
    chat.note("looking; the model is asked too, which takes a moment")
    async with aclosing(diagnose(chat.talk.repository, os.environ, chat.talk.flags)) as made:
        async for finding in made:
            findings.append(finding)
            out, ansi = io.StringIO(), chat.screen.ansi()
            console = Console(file=out, width=ansi.width, force_terminal=True, color_system=ansi.colors)
            show_finding(finding, console)
            chat.screen.print(out.getvalue())
    chat.note(verdict_line(findings))


async def run_config(chat: "Chat", _argument: str) -> None:
    from agent.config import config_table

    await chat.show_long(chat.screen.ansi().draw(config_table(chat.talk.loaded), wide=True))


COMMANDS = (
    SlashCommand("usage", "what this session has cost", run_usage),
    SlashCommand("doctor", "look at everything that a session needs", run_doctor),
    SlashCommand("config", "every setting, and where it came from", run_config),
)
