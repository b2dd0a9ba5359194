"""A diff taken apart, for those who want only some of it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_HEADER = re.compile(rb"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@.*")


@dataclass(frozen=True)
class Hunk:
    """`number` counts from 1 within the file; `text` is the hunk with its header."""

    number: int
    text: bytes

    @property
    def additions(self) -> int:
        return sum(line.startswith(b"+") for line in self.text.split(b"\n")[1:])

    @property
    def deletions(self) -> int:
        return sum(line.startswith(b"-") for line in self.text.split(b"\n")[1:])


@dataclass(frozen=True)
class FileDiff:
    """The diff of one file: `head` is all before its first hunk. Without hunks it is binary, or only its mode or
    name changes."""

    head: bytes
    hunks: tuple[Hunk, ...]

    def only(self, numbers: Collection[int]) -> bytes:
        """A patch of these hunks alone. Their places in the new file are counted anew, as git looks there
        first."""
        shift = 0
        parts = [self.head]
        for hunk in self.hunks:
            if hunk.number in numbers:
                parts.append(_shifted(hunk.text, shift))
            else:
                shift -= hunk.additions - hunk.deletions
        return b"".join(parts) if len(parts) > 1 else b""


def file_diff(patch: bytes) -> FileDiff:
    """Take apart the diff of a single file, as git writes it."""
    head: list[bytes] = []
    hunks: list[list[bytes]] = []
    left = [0, 0]
    for line in re.findall(rb"[^\n]*\n|[^\n]+", patch):
        header = _HEADER.match(line) if left == [0, 0] else None
        if header:
            hunks.append([line])
            left = [int((count or b",1")[1:]) for count in (header[2], header[4])]
        elif not hunks:
            head.append(line)
        else:
            hunks[-1].append(line)
            left[0] -= line[:1] in (b" ", b"-")
            left[1] -= line[:1] in (b" ", b"+")
    return FileDiff(b"".join(head), tuple(Hunk(n, b"".join(lines)) for n, lines in enumerate(hunks, start=1)))


def _shifted(text: bytes, shift: int) -> bytes:
    header, newline, rest = text.partition(b"\n")
    match = _HEADER.fullmatch(header)
    assert match is not None, "file_diff found it by this very pattern"
    start = int(match[3]) + shift
    return header[: match.start(3)] + b"%d" % start + header[match.end(3) :] + newline + rest
