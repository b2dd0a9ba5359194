"""The question on a terminal, before the screen of a chat is there."""

from pathlib import Path

from rich.console import Console

from agent.export.visible import visible
from agent.trust.look import Trust


class TerminalAsk:
    """Asks on `console`; an `Ask`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, repository: Path, trust: Trust) -> bool | None:
        """The answer; None if the question was left with Ctrl-C or Ctrl-D."""
        self._say(f"{repository} brings things of its own that count only if you trust it:", "bold")
        for wish in trust.wishes:
            self._say(f"  - {wish}")
        if trust.state == "changed":
            self._say("You trusted it before, and this has changed since.", "yellow")
        self._say("What runs on this machine runs as you, outside of the sandbox.", "dim")
        try:
            answer = self._console.input("Do you trust it? \\[y/N] ")
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return None
        return answer.strip().lower() in ("y", "yes")

    def _say(self, words: str, style: str = "") -> None:
        self._console.print(visible(words), style=style, markup=False, highlight=False, soft_wrap=True)
