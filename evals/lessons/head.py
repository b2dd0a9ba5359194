"""What every session of mimosa-nano begins with: the product's own system prompt, and its tools."""

from dataclasses import asdict
from datetime import date
from typing import Any

from agent.config.settings import SandboxSettings
from agent.equip import toolbox_of
from model_runtime.base import ServerInfo
from prompts.render import system_prompt
from sandbox.base import Sandbox

NANO = ServerInfo("mimosa-nano", context_length=0, profile="nano")


def head(sandbox: Sandbox) -> dict[str, Any]:
    """As `python -m model_runtime.nano.train --head` reads it. Nothing is asked of `sandbox`."""
    toolbox = toolbox_of(SandboxSettings(), sandbox, NANO)
    return {"system": system_prompt(date.today(), NANO.profile), "tools": [asdict(spec) for spec in toolbox.specs]}
