"""What an editor sends as a prompt, as the words that the model reads."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlparse

from acp.helpers import ContentBlock
from acp.schema import (
    EmbeddedResourceContentBlock,
    ResourceContentBlock,
    TextContentBlock,
    TextResourceContents,
)


def words_of(blocks: Sequence[ContentBlock], repository: Path) -> str:
    """Texts as they are; files of the repository by their path there, which is the same in the sandbox; text that
    the editor sends along, in full. Images and sound are not among the words."""
    return "".join(part for block in blocks if (part := _words(block, repository)))


def _words(block: ContentBlock, repository: Path) -> str:
    match block:
        case TextContentBlock(text=text):
            return text
        case ResourceContentBlock(uri=uri):
            return place(uri, repository)
        case EmbeddedResourceContentBlock(resource=TextResourceContents(uri=uri, text=text)):
            return f"\n<file path={place(uri, repository)!r}>\n{text}\n</file>\n"
        case EmbeddedResourceContentBlock(resource=resource):
            return f"\n[{place(resource.uri, repository)}: not text, and not sent along]\n"
        case _:
            return ""


def place(uri: str, repository: Path) -> str:
    """A file of the repository by its path from the top; anything else as it was named."""
    parsed = urlparse(uri)
    if parsed.scheme not in ("", "file"):
        return uri
    path = Path(unquote(parsed.path))
    return str(path.relative_to(repository)) if path.is_relative_to(repository) else str(path)
