"""Rules that allow or refuse without asking: what the user wrote into the settings, or answered once.

pytest *              a command: words as typed, `*` for any one word, at the end for any number of them
= make && make check  this very text and nothing else
edit:src/*            changes to files whose path fits
tool:github_*         another tool, by name
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agent.permission.shell.readers import SAFE_VARIABLES
from agent.permission.shell.script import Command

EXACTLY = "= "
EDIT = "edit:"
TOOL = "tool:"


@dataclass(frozen=True)
class Rule:
    """One pattern. What it does not surely fit, it does not allow."""

    text: str

    def fits_text(self, command: str) -> bool:
        """Whether it names a whole line of shell, to the letter."""
        return self.text.startswith(EXACTLY) and self.text.removeprefix(EXACTLY).strip() == command.strip()

    def fits_command(self, command: Command) -> bool:
        """Whether it fits one parsed command. Variables set for it stand before its name."""
        if self.text.startswith((EXACTLY, EDIT, TOOL)):
            return False
        pattern = self.text.split()
        sets = [f"{name}=" for name in command.sets if not SAFE_VARIABLES.fullmatch(name)]
        words = [*sets, *command.words]
        if len(pattern) > 1 and pattern[-1] == "*":
            pattern.pop()
            words, open_end = words[: len(pattern)], True
        else:
            open_end = False
        if len(words) != len(pattern) or (command.tail and not open_end):
            return False
        pairs = zip(words, pattern, strict=True)
        return all(part == "*" if word is None else fnmatchcase(word, part) for word, part in pairs)

    def fits_path(self, path: str) -> bool:
        """Whether it fits a file below the workspace; git's own folder fits none."""
        if not self.text.startswith(EDIT) or ".git" in path.lower().split("/"):
            return False
        return fnmatchcase(path, self.text.removeprefix(EDIT).strip())

    def fits_tool(self, name: str) -> bool:
        return self.text.startswith(TOOL) and fnmatchcase(name, self.text.removeprefix(TOOL).strip())


def rules(texts: Iterable[str]) -> tuple[Rule, ...]:
    return tuple(Rule(text.strip()) for text in texts if text.strip())
