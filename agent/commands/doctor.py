"""`mimosa doctor`: everything that a session needs, looked at."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import aclosing, nullcontext
from pathlib import Path

from rich.console import Console

from agent.commands.config import repository_root
from agent.commands.guard import told
from agent.doctor.diagnose import diagnose
from agent.doctor.show import as_json, show_finding, verdict_line, works
from model_runtime.doctor.base import Finding

WRONG = 1


def run_doctor(folder: Path, flags: Mapping[str, object], *, json: bool) -> int:
    """0 if a session would work, 1 if something is wrong."""
    with told():
        findings = asyncio.run(_collect(folder, flags, None if json else Console()))
        print(as_json(findings) if json else f"\n{verdict_line(findings)}")
    return 0 if works(findings) else WRONG


async def _collect(folder: Path, flags: Mapping[str, object], console: Console | None) -> list[Finding]:
    """Shows each finding as soon as it is made: the model's may take a while."""
    findings: list[Finding] = []
    waiting = console.status("looking; the model is asked, too") if console is not None else nullcontext()
    with waiting:
        async with aclosing(diagnose(repository_root(folder), os.environ, flags)) as made:
            async for finding in made:
                findings.append(finding)
                if console is not None:
                    show_finding(finding, console)
    return findings
