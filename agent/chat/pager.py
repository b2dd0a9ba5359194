"""Long text in the user's own pager."""

import asyncio
import os
import shlex
import shutil
from collections.abc import Mapping

from agent.chat.screen import Screen

DEFAULT = ("less", "more")


def pager_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """`$PAGER`, or the first one that is there; empty if there is none."""
    if own := environment.get("PAGER"):
        return shlex.split(own)
    return next(([found] for name in DEFAULT if (found := shutil.which(name))), [])


async def page(screen: Screen, text: str) -> None:
    """Show `text` (with colour codes) until the user leaves the pager. Where there is none it is printed."""
    command = pager_command()
    if not command:
        screen.print(text)
        return
    variables = {"LESS": "-R", "LESSCHARSET": "utf-8", **os.environ}
    async with screen.given_away():
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, env=variables, start_new_session=False
            )
        except OSError as error:
            screen.print(f"! the pager {command[0]} cannot be started: {error.strerror}\n")
            screen.print(text)
            return
        await process.communicate(text.encode("utf-8", "replace"))
