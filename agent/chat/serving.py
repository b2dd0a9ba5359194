"""Whether the model's server shall be started, asked on the screen of the chat that is being opened."""

from rich.text import Text

from agent.chat.panel import ListPanel, Option
from agent.chat.screen import Screen

OPTIONS = (
    Option("Yes, now and whenever it is needed", "y"),
    Option("No", "n"),
)


async def starts_server(screen: Screen, question: str) -> bool:
    """`question` in lines, of which the last is asked. A question that is left counts as no."""
    *facts, last = question.splitlines()
    screen.print(screen.ansi().draw(*(Text(line) for line in facts)))
    return await screen.choose(ListPanel(last, OPTIONS)) == 0
