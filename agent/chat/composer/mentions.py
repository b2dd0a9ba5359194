"""`@file` in a message: the model is told the path; a picture it cannot see is said to be one."""

import re
from pathlib import Path

from agent.chat.composer.files import PICTURES

MENTION = re.compile(r'(?:^|(?<=\s))@(?:"([^"]+)"|([^\s@"]+))')


def resolved(text: str, repository: Path) -> tuple[str, list[str]]:
    """`text` with each mention of a file that is there as its path in backticks, and the pictures among them."""
    pictures = []

    def path_of(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        bare = name.rstrip(".,;:!?)")
        if not _exists(repository / bare):
            return found[0]
        if bare.lower().endswith(PICTURES):
            pictures.append(bare)
        return f"`{bare}`{name[len(bare) :]}"

    return MENTION.sub(path_of, text), pictures


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long is none
        return False
