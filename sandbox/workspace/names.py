"""File names on screen: a name may hold any byte but NUL, a message may not."""

from collections.abc import Sequence


def printable(path: str) -> str:
    """A name as text for a message, quoted if it holds line breaks, control characters or undecodable bytes."""
    text = path.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="backslashreplace")
    return text if text.isprintable() else repr(text)


def a_few(names: Sequence[str], limit: int = 5) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(printable(name) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
