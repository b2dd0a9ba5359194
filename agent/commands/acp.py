"""`mimosa acp`: an editor starts it, speaks to it over its standard streams, and ends it by closing them."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import cast

from agent.acp.server import MimosaAgent
from agent.commands.guard import tell
from agent.store import SessionStore


def run_acp(flags: Mapping[str, object]) -> int:
    if sys.stdin.isatty():
        tell("`mimosa acp` is for editors, which start it themselves; in a terminal, use `mimosa`")
        return 2
    asyncio.run(_serve(MimosaAgent(SessionStore.of_user(), os.environ, flags)))
    return 0


async def _serve(agent: MimosaAgent) -> None:
    from acp import Agent, run_agent

    loop = asyncio.get_running_loop()
    # The Protocol lists every method there is; the package asks for those that an agent has. Without the flag it
    # keeps session/resume, fork and close from it.
    serving = asyncio.create_task(run_agent(cast("Agent", agent), use_unstable_protocol=True))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await asyncio.wait([serving])
    finally:
        await agent.close()
    if not serving.cancelled():
        serving.result()
