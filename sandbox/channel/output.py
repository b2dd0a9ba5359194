"""What of a command's output is shown: all of it, or head and tail with a line that says what was cut."""

from dataclasses import dataclass

HEAD_BYTES = 6 * 1024
TAIL_BYTES = 10 * 1024
"""The tail is the longer part: a test run's summary and a compiler's last error stand there. 16 KiB are some
4,000 tokens."""


@dataclass(frozen=True)
class Shown:
    """`kept` is the number of bytes of the output that are in `text`, None if nothing was cut."""

    text: str
    kept: int | None


def show(data: bytes, size: int, path: str, *, head: int = HEAD_BYTES) -> Shown:
    """The text for `data`, the whole output, or its first `head` bytes followed by its last ones.

    `size` is the number of bytes of the whole, which lies at `path` in the sandbox. Cuts are moved to the ends
    of lines where one is near, else to the ends of characters.
    """
    if len(data) >= size:
        return Shown(decode(data), None)
    first = _until_line_end(data[:head])
    last = _from_line_start(data[head:])
    kept = len(first) + len(last)
    line = f"[... {size - kept} of {size} bytes cut here; the whole output is in {path} ...]"
    before = "" if first.endswith(b"\n") or not first else "\n"
    return Shown(f"{decode(first)}{before}{line}\n{decode(last)}", kept)


def decode(data: bytes) -> str:
    """Text for a reader: what is not UTF-8 is replaced, and NUL is made visible."""
    return data.decode("utf-8", "replace").replace("\0", "\u2400")


def unfinished(data: bytes) -> int:
    """How many bytes at the end of `data` are the beginning of a UTF-8 character: 0 to 3."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if length > back else 0
    return 0


def _until_line_end(data: bytes) -> bytes:
    at = data.rfind(b"\n")
    if at >= len(data) * 3 // 4:
        return data[: at + 1]
    return data[: len(data) - unfinished(data)]


def _from_line_start(data: bytes) -> bytes:
    at = data.find(b"\n")
    if 0 <= at < len(data) // 4:
        return data[at + 1 :]
    start = 0
    while start < min(3, len(data)) and 0x80 <= data[start] < 0xC0:
        start += 1
    return data[start:]
