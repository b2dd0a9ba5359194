"""Reads a diff as git writes it, strictly: every line belongs to a header, a hunk or a binary block."""

import re

from sandbox.delivery.patched_file import LINK, Kind, PatchedFile
from sandbox.errors import PatchRefused

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@(?: .*)?", re.DOTALL)
_INDEX = re.compile(rb"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_BLOCK = re.compile(rb"(?:literal|delta) \d+")
_BASE85 = re.compile(rb"[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]+")
_MODES = {
    b"old mode ": "old_mode",
    b"new mode ": "new_mode",
    b"deleted file mode ": "deleted",
    b"new file mode ": "added",
}
_NAMES = {b"rename from ", b"rename to ", b"copy from ", b"copy to "}
_SCORES = (b"similarity index ", b"dissimilarity index ")
_ESCAPES = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def parse_patch(patch: bytes) -> tuple[PatchedFile, ...]:
    """The sections of a diff. Raises PatchRefused with the line where it is not what git writes."""
    if not patch:
        return ()
    reader = _Reader(patch)
    files = []
    while not reader.at_end:
        files.append(_section(reader))
    return tuple(files)


class _Reader:
    def __init__(self, patch: bytes) -> None:
        self._lines = patch.split(b"\n")
        self._next = 0
        if self._lines.pop():
            raise PatchRefused("the diff is damaged: its last line is cut off")

    @property
    def at_end(self) -> bool:
        return self._next == len(self._lines)

    @property
    def line(self) -> bytes:
        """The next line; empty at the end, which no line of a diff is but the one after a binary block."""
        return b"" if self.at_end else self._lines[self._next]

    def take(self) -> bytes:
        if self.at_end:
            raise PatchRefused("the diff is damaged: it ends in the middle of a file")
        self._next += 1
        return self._lines[self._next - 1]

    def refused(self, why: str) -> PatchRefused:
        return PatchRefused(f"the diff is damaged at line {max(self._next, 1)}: {why}")


class _Header:
    def __init__(self) -> None:
        self.modes: dict[str, int] = {}
        self.names: dict[bytes, str] = {}
        self.ids = ("", "")


def _section(reader: _Reader) -> PatchedFile:
    start = reader.take()
    if not start.startswith(b"diff --git "):
        raise reader.refused("a file's part begins with 'diff --git'")
    header = _extended_header(reader)
    old, new, kind = _identity(reader, start.removeprefix(b"diff --git "), header)
    body = _Body()
    if reader.line.startswith(b"--- "):
        body = _text(reader, "" if kind == "added" else old, "" if kind == "deleted" else new)
    elif reader.line == b"GIT binary patch":
        _binary(reader)
        body.binary = True
    elif kind == "modified":
        kind = "mode"
    modes = header.modes
    new_mode = modes.get("added", modes.get("new_mode", 0))
    is_link = new_mode == LINK
    return PatchedFile(
        path=new,
        old_path="" if kind == "added" else old,
        kind=kind,
        additions=body.additions,
        deletions=body.deletions,
        binary=body.binary,
        old_mode=modes.get("deleted", modes.get("old_mode", 0)),
        new_mode=new_mode,
        old_id=header.ids[0],
        new_id=header.ids[1],
        target=b"\n".join(body.new_lines) if is_link and kind != "deleted" and body.new_lines else None,
    )


def _extended_header(reader: _Reader) -> _Header:
    header = _Header()
    while True:
        line = reader.line
        prefix = line[: line.rfind(b" ") + 1]
        index = _INDEX.fullmatch(line)
        naming = next((name for name in _NAMES if line.startswith(name)), None)
        if prefix in _MODES:
            header.modes[_MODES[prefix]] = _mode(reader, line.removeprefix(prefix))
        elif naming is not None:
            header.names[naming] = _unquoted(reader, line.removeprefix(naming))
        elif index is not None:
            header.ids = (index[1].decode(), index[2].decode())
            if index[3]:
                header.modes |= {"old_mode": int(index[3], 8), "new_mode": int(index[3], 8)}
        elif not line.startswith(_SCORES):
            return header
        reader.take()


def _mode(reader: _Reader, digits: bytes) -> int:
    if not re.fullmatch(rb"[0-7]{6}", digits):
        raise reader.refused("a mode has six octal digits")
    return int(digits, 8)


def _identity(reader: _Reader, names: bytes, header: _Header) -> tuple[str, str, Kind]:
    for verb, kind in ((b"rename", "renamed"), (b"copy", "copied")):
        old, new = header.names.get(verb + b" from "), header.names.get(verb + b" to ")
        if old is not None and new is not None:
            return old, new, "renamed" if kind == "renamed" else "copied"
    if header.names:
        raise reader.refused("a rename names both files")
    path = _common_name(reader, names)
    if "added" in header.modes and "deleted" in header.modes:
        raise reader.refused("a file is either new or deleted")
    if "added" in header.modes:
        return path, path, "added"
    return path, path, "deleted" if "deleted" in header.modes else "modified"


def _common_name(reader: _Reader, names: bytes) -> str:
    """The one path in `a/PATH b/PATH`; a path may hold spaces, so the halves have to be equal."""
    if names.startswith(b'"'):
        quoted = _QUOTED.match(names)
        halves = (quoted[0], names[quoted.end() + 1 :]) if quoted else (names, b"")
    else:
        halves = (names[: len(names) // 2], names[len(names) // 2 + 1 :])
    old, new = (_unquoted(reader, half) for half in halves)
    if not old.startswith("a/") or not new.startswith("b/") or old[2:] != new[2:]:
        raise reader.refused("'diff --git' is followed by a/PATH b/PATH")
    return old[2:]


def _unquoted(reader: _Reader, name: bytes) -> str:
    """A name as git writes it: in double quotes with C escapes if it holds special characters."""
    if not name.startswith(b'"'):
        return name.decode("utf-8", errors="surrogateescape")
    if not _QUOTED.fullmatch(name):
        raise reader.refused("a quoted name has no end")

    def plain(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        if escape in _ESCAPES:
            return bytes([_ESCAPES[escape]])
        if re.fullmatch(rb"[0-3][0-7]{2}", escape):
            return bytes([int(escape, 8)])
        raise reader.refused("a quoted name has an unknown escape")

    text = re.sub(rb"\\([0-7]{1,3}|.)", plain, name[1:-1], flags=re.DOTALL)
    return text.decode("utf-8", errors="surrogateescape")


class _Body:
    def __init__(self) -> None:
        self.additions = 0
        self.deletions = 0
        self.binary = False
        self.new_lines: list[bytes] = []


def _text(reader: _Reader, old: str, new: str) -> _Body:
    for sign, side, path in ((b"--- ", "a/", old), (b"+++ ", "b/", new)):
        line = reader.take()
        # git ends a name that holds a space with a tab, for other programs' sake.
        named = _unquoted(reader, line.removeprefix(sign).removesuffix(b"\t"))
        if not line.startswith(sign) or named != (side + path if path else "/dev/null"):
            raise reader.refused("the names before a hunk are not those of the file's part")
    body = _Body()
    if not reader.line.startswith(b"@@ "):
        raise reader.refused("a hunk begins with '@@'")
    while reader.line.startswith(b"@@ "):
        _hunk(reader, body)
    return body


def _hunk(reader: _Reader, body: _Body) -> None:
    match = _HUNK.fullmatch(reader.take())
    if match is None:
        raise reader.refused("a hunk begins with '@@ -LINE,COUNT +LINE,COUNT @@'")
    old, new = (int(count) if count is not None else 1 for count in match.groups())
    while old > 0 or new > 0:
        line = reader.take()
        sign = line[:1]
        if sign == b"\\":
            continue
        if sign not in (b" ", b"-", b"+"):
            raise reader.refused("a line of a hunk begins with a space, '-' or '+'")
        old -= sign != b"+"
        new -= sign != b"-"
        body.additions += sign == b"+"
        body.deletions += sign == b"-"
        if sign != b"-":
            body.new_lines.append(line[1:])
    if old or new:
        raise reader.refused("a hunk is longer than it says")
    if reader.line.startswith(b"\\"):
        reader.take()


def _binary(reader: _Reader) -> None:
    """Two blocks, forwards and backwards, each ended by an empty line."""
    reader.take()
    for _ in range(2):
        if not _BLOCK.fullmatch(reader.take()):
            raise reader.refused("a binary block begins with its method and size")
        line = reader.take()
        while line:
            if not _BASE85.fullmatch(line):
                raise reader.refused("a binary block is encoded in base 85")
            line = reader.take()
