"""The trust question, on the screen of the chat that is being opened."""

from pathlib import Path

from rich.text import Text

from agent.chat.panel import ListPanel, Option
from agent.chat.screen import Screen
from agent.export.visible import visible
from agent.trust import Trust

OPTIONS = (
    Option("No: work without them", "n"),
    Option("Yes, it is trusted", "y"),
)


async def trusts(screen: Screen, repository: Path, trust: Trust) -> bool | None:
    """The user's answer; None if the question was left."""
    lines = [
        Text(visible(f"{repository} brings things of its own that count only if you trust it:"), style="bold"),
        *(Text(visible(f"  - {wish}")) for wish in trust.wishes),
    ]
    if trust.state == "changed":
        lines.append(Text("You trusted it before, and this has changed since.", style="yellow"))
    lines.append(Text("What runs on this machine runs as you, outside of the sandbox.", style="dim"))
    screen.print(screen.ansi().draw(*lines))
    chosen = await screen.choose(ListPanel("Do you trust this repository?", OPTIONS))
    return None if chosen is None else chosen == 1
