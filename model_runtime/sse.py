"""Server-sent events, out of bytes that are cut anywhere.

The format is that of the HTML standard, section 9.2.6: lines end with LF, CRLF or CR; `data:` lines of one event
are joined by LF; a line that begins with a colon is a comment; a blank line ends the event.
"""

import codecs
from collections.abc import Iterator


class EventDecoder:
    """Feed it bytes; it gives the data of each event that they complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line = ""
        self._ended_in_cr = False
        self._data: list[str] = []

    def feed(self, data: bytes) -> Iterator[str]:
        text = self._decoder.decode(data)
        if self._ended_in_cr and text:
            text = text.removeprefix("\n")
            self._ended_in_cr = False
        self._ended_in_cr = self._ended_in_cr or text.endswith("\r")
        *lines, self._line = (self._line + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            yield from self._take(line)

    def end(self) -> Iterator[str]:
        """What stands before the end of the stream, even without its blank line: servers forget it."""
        line, self._line = self._line, ""
        yield from self._take(line)
        yield from self._take("")

    def _take(self, line: str) -> Iterator[str]:
        if not line:
            data, self._data = self._data, []
            if data:
                yield "\n".join(data)
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
