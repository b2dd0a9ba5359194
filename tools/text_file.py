"""A file's bytes as text and back, so that what an edit does not touch stays the same byte for byte."""

import codecs
from dataclasses import dataclass

# Longest first: the mark of UTF-32 begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class NotText(Exception):
    """The bytes are not text, or the text cannot be written in the file's encoding; the text says which."""


@dataclass(frozen=True)
class TextFile:
    """`text` has the line breaks as they are in the file. `mark` is the byte order mark that precedes it."""

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""

    @property
    def newline(self) -> str:
        """The line break that the file uses most; a new line gets this one."""
        crlf = self.text.count("\r\n")
        return "\r\n" if crlf > self.text.count("\n") - crlf else "\n"

    def encode(self, text: str) -> bytes:
        """`text` in this file's encoding. Raises NotText, naming the first character that does not fit."""
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as foreign:
            raise NotText(
                f"the file is not UTF-8 and was read as {self.encoding}, "
                f"which has no character {text[foreign.start]!r}"
            ) from foreign


def decode(data: bytes) -> TextFile:
    """Read bytes as UTF-8, as what their byte order mark says, else as Latin-1. Raises NotText if they are
    binary: a NUL character in the text, or bytes that their mark's encoding does not allow."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _text(_marked(data, mark, encoding))
    try:
        return _text(TextFile(data.decode("utf-8")))
    except UnicodeDecodeError:
        return _text(TextFile(data.decode("latin-1"), "latin-1"))


def _marked(data: bytes, mark: bytes, encoding: str) -> TextFile:
    try:
        return TextFile(data[len(mark) :].decode(encoding), encoding, mark)
    except UnicodeDecodeError as broken:
        raise NotText(f"it begins as {encoding} but is not: a binary file") from broken


def _text(file: TextFile) -> TextFile:
    if "\0" in file.text:
        raise NotText("it is a binary file (it holds NUL characters)")
    return file
