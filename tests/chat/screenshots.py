"""Draw the pictures of docs/chat.md: a real chat with a scripted model, in Docker, seen by a terminal emulator.

python tests/chat/screenshots.py [FOLDER]
"""

import io
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pyte  # noqa: E402 - the paths come first
from chats import READY, Desk  # noqa: E402
from model_server import Call, ModelServer, Reply  # noqa: E402
from pyte.screens import Char  # noqa: E402
from rich.color import ColorParseError  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.style import Style  # noqa: E402
from rich.terminal_theme import TerminalTheme  # noqa: E402
from rich.text import Text  # noqa: E402
from terminal import Terminal  # noqa: E402

FILES = {
    "stats.py": "def middle(numbers):\n    return sorted(numbers)[len(numbers) // 2 + 1]\n",
    "test_stats.py": "from stats import middle\n\n\ndef test_three():\n    assert middle([3, 1, 2]) == 2\n",
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
}
THINKING = (
    "The test says that the middle of three numbers is the second of them, sorted. len // 2 is 1 for three, and "
    "the code adds one more, so it takes the third. For four numbers len // 2 + 1 is 3, the last; that is wrong "
    "as well. So the index is len // 2, and the + 1 has to go. "
)
ANSWER = """The index was one too high. For an odd number of values, `len // 2` is the middle one:

| numbers | before | now |
|---|---|---|
| `[3, 1, 2]` | 3 | 2 |
| `[1]` | IndexError | 1 |

For an even number it still takes the *upper* of the two in the middle. If you want their mean:

```python
def middle(numbers):
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
```
"""
EDIT = Call("str_replace", {"path": "stats.py", "old_str": "// 2 + 1]", "new_str": "// 2]"})
TEST = Call("bash", {"command": "python3 -m pytest -q"})
USAGE = {"prompt_tokens": 8412, "completion_tokens": 391, "prompt_tokens_details": {"cached_tokens": 8100}}
NORMAL = "282c34 e06c75 98c379 e5c07b 61afef c678dd 56b6c2 d6d9e0"
BRIGHT = "787f8c f07178 aad98c f0d08c 78befa d791eb 6ecdd7 ffffff"


def colours(names: str) -> list[tuple[int, int, int]]:
    return [(int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)) for name in names.split()]


THEME = TerminalTheme((24, 26, 31), (214, 217, 224), colours(NORMAL), colours(BRIGHT))


class DimScreen(pyte.HistoryScreen):
    """pyte knows no dim letters: they are drawn in grey."""

    def select_graphic_rendition(self, *attrs: int) -> None:
        if 2 in attrs and 38 not in attrs and 48 not in attrs:
            attrs = tuple(90 if attr == 2 else attr for attr in attrs)
        super().select_graphic_rendition(*attrs)


class Camera(Terminal):
    """A terminal whose screen can be drawn."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # as they come
        self.screen = DimScreen(self.screen.columns, self.screen.lines, history=5000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)

    def shoot(self, target: Path, title: str = "mimosa") -> None:
        console = Console(record=True, width=self.screen.columns, file=io.StringIO(), force_terminal=True)
        for row in range(self.screen.lines):
            text = Text(no_wrap=True)
            for column in range(self.screen.columns):
                cell = self.screen.buffer[row][column]
                text.append(cell.data, style_of(cell))
            console.print(text, soft_wrap=True)
        svg = console.export_svg(title=title, theme=THEME, unique_id=target.stem)
        target.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
        print(target)


def style_of(cell: Char) -> Style:
    def color(name: str) -> str | None:
        if name == "default":
            return None
        if len(name) == 6 and all(letter in "0123456789abcdef" for letter in name):
            return f"#{name}"
        return {"brown": "yellow"}.get(name, name).replace("bright", "bright_")

    try:
        return Style(
            color=color(cell.fg), bgcolor=color(cell.bg), bold=cell.bold, italic=cell.italics, reverse=cell.reverse
        )
    except ColorParseError:
        return Style(bold=cell.bold)


def script() -> tuple[Reply, ...]:
    return (
        Reply(reasoning=THINKING, calls=(TEST,), usage=USAGE, chunk=4, delay_s=0.05),
        Reply(reasoning=THINKING[:150], calls=(EDIT, TEST), usage=USAGE, delay_s=0.004),
        Reply(reasoning=THINKING[:90], content=ANSWER, usage=USAGE, delay_s=0.004),
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, ModelServer() as server:
        desk = Desk.made(Path(place), FILES, server.url)
        server.will(*script())
        with desk.chat(columns=96, rows=36, sandbox="docker", kind=Camera) as chat:
            chat.wait_for(READY, seconds=300)
            chat.type("middle([3, 1, 2]) gives 3, it should be 2")
            chat.settle()
            chat.type("\r")
            chat.wait_for("thinking 2.")
            chat.type("and add a test for one number\r")
            chat.wait_for("waiting: and add")
            chat.shoot(folder / "chat-thinking.svg")
            chat.type("\x1b[A")
            chat.wait_until_gone("waiting: and add")
            chat.type("\x15")
            chat.wait_for("half - 1", anywhere=True)
            chat.settle()
            chat.shoot(folder / "chat-answer.svg")
            chat.type("/context\r")
            chat.settle(1)
            chat.shoot(folder / "chat-context.svg")
            chat.type("/")
            chat.settle()
            chat.shoot(folder / "chat-commands.svg")
        server.will(Reply(reasoning=THINKING[:80], calls=(Call("bash", {"command": "git rm -q stats.py && ls"}),)))
        with desk.chat(columns=96, rows=16, sandbox="docker", mode="ask", kind=Camera) as chat:
            chat.wait_for(READY, seconds=300)
            chat.type("tidy up\r")
            chat.wait_for("Yes, once")
            chat.settle()
            chat.shoot(folder / "chat-permission.svg")


if __name__ == "__main__":
    main()
