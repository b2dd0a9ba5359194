"""Text that can always be sent. A server that cuts its stream inside a character's escape leaves half a surrogate
pair behind, and a file name that is not UTF-8 holds another kind of it; neither can be encoded."""


def encodable(text: str) -> str:
    """`text` with split surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def shorten(text: str, limit: int = 300) -> str:
    """`text` on one line, at most `limit` characters: a server's words in an error message."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
