"""What came from a server as text for the model: this model reads text alone."""

import json
from itertools import count
from typing import TYPE_CHECKING

from sandbox.base import Sandbox

if TYPE_CHECKING:
    from mcp_types import (
        BlobResourceContents,
        CallToolResult,
        ContentBlock,
        GetPromptResult,
        ReadResourceResult,
        TextResourceContents,
    )

HEAD, TAIL = 20_000, 8_000
"""Characters of a long text that the model reads; the whole lies in a file in the sandbox."""
_NUMBERS = count(1)


def result_words(result: "CallToolResult") -> str:
    """The texts of a tool's result; its structured content where it has no text."""
    words = "\n".join(filter(None, map(_block, result.content)))
    if not words and result.structured_content is not None:
        words = json.dumps(result.structured_content, ensure_ascii=False, indent=1)
    return words or "(no content)"


def resource_words(result: "ReadResourceResult") -> str:
    return "\n".join(_resource(contents) for contents in result.contents) or "(empty)"


def prompt_words(result: "GetPromptResult") -> str:
    """The messages of a prompt as one text, for the user to say."""
    return "\n\n".join(filter(None, (_block(message.content) for message in result.messages)))


async def bounded(words: str, sandbox: Sandbox) -> str:
    """The text, or its two ends and the file that holds all of it. Raises SandboxDied."""
    if len(words) <= HEAD + TAIL:
        return words
    path = f"{sandbox.home}/mcp/{next(_NUMBERS):03d}.txt"
    try:
        await sandbox.write(path, words.encode("utf-8", "replace"))
        where = f"all of it is in {path}"
    except OSError as error:
        where = f"it could not be kept: {error.strerror or error}"
    left_out = len(words) - HEAD - TAIL
    return f"{words[:HEAD]}\n[… {left_out:,} characters left out; {where} …]\n{words[-TAIL:]}"


def _block(block: "ContentBlock") -> str:
    match block.type:
        case "text":
            return block.text
        case "resource":
            return _resource(block.resource)
        case "resource_link":
            return f"[resource {block.uri}: {block.description or block.name}]"
        case "image" | "audio":
            size = len(block.data) * 3 // 4
            return f"[{block.type}, {block.mime_type}, {size:,} bytes: not shown to this model]"
        case other:
            return f"[{other}: not shown to this model]"


def _resource(contents: "TextResourceContents | BlobResourceContents") -> str:
    text = getattr(contents, "text", None)  # the two kinds differ in this, and the package is not imported here
    if isinstance(text, str):
        return text
    size = len(getattr(contents, "blob", "")) * 3 // 4
    return f"[{contents.uri}, {contents.mime_type or 'of unknown type'}, {size:,} bytes: not text]"
