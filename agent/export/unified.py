"""Read a unified diff, git's or a plain one, into files and numbered lines. Nothing in it is dropped."""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["hunk", "added", "removed", "same", "note"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_IN_HUNK = ("", " ", "+", "-", "\\")
_NOTES = (
    "old mode",
    "new mode",
    "deleted file",
    "new file",
    "copy ",
    "rename ",
    "similarity",
    "dissimilarity",
    "index ",
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Line:
    """One line of a file's diff, without its sign; `old` and `new` are its line numbers there, from 1."""

    kind: Kind
    text: str
    old: int | None = None
    new: int | None = None


@dataclass
class FileDiff:
    """One file. Names are without git's `a/` and `b/`, "" where the file is not there."""

    old: str = ""
    new: str = ""
    notes: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    binary: bool = False

    @property
    def name(self) -> str:
        return self.new or self.old

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """The files of a diff; none if `text` is not one."""
    reader = _Reader()
    for line in text.removesuffix("\n").split("\n"):
        reader.line(line)
    return tuple(reader.files) if any(file.name for file in reader.files) else ()


class _Reader:
    def __init__(self) -> None:
        self.files: list[FileDiff] = []
        self.old = self.new = 0  # numbers of the next line on each side
        self.old_left = self.new_left = 0  # lines of this hunk still to come on each side

    def line(self, line: str) -> None:
        if (self.old_left or self.new_left) and line[:1] in _IN_HUNK:
            self._in_hunk(line)
            return
        self.old_left = self.new_left = 0  # a hand-made hunk may be shorter than it says
        self._outside(line)

    def _outside(self, line: str) -> None:
        if line.startswith("diff --git "):
            self.files.append(FileDiff())
            self._names_of_header(line.removeprefix("diff --git "))
        elif line.startswith("--- ") and not self._in_binary():
            if not self.files or self.files[-1].lines:
                self.files.append(FileDiff())
            self.files[-1].old = _name(line[4:])
        elif line.startswith("+++ ") and self.files and not self.files[-1].lines:
            self.files[-1].new = _name(line[4:])
        elif self.files:
            self._beside_hunks(line)

    def _beside_hunks(self, line: str) -> None:
        file = self.files[-1]
        if hunk := _HUNK.match(line):
            self.old, self.new = int(hunk[1]), int(hunk[3])
            self.old_left, self.new_left = int(hunk[2] or 1), int(hunk[4] or 1)
            file.lines.append(Line("hunk", line))
        elif line == "GIT binary patch" or line.startswith("Binary files "):
            file.binary = True
        elif self._in_binary():
            return  # base85 data is for git alone
        elif line.startswith(_NOTES):
            self._header_note(line)
        elif line:
            file.lines.append(Line("note", line.removeprefix("\\ ")))

    def _in_hunk(self, line: str) -> None:
        sign, text = line[:1], line[1:]
        lines = self.files[-1].lines
        if sign == "+":
            lines.append(Line("added", text, None, self.new))
        elif sign == "-":
            lines.append(Line("removed", text, self.old, None))
        elif sign == "\\":
            lines.append(Line("note", line.removeprefix("\\ ")))
            return
        else:  # a blank line may have lost its space on the way
            lines.append(Line("same", text, self.old, self.new))
        if sign != "+":
            self.old, self.old_left = self.old + 1, self.old_left - 1
        if sign != "-":
            self.new, self.new_left = self.new + 1, self.new_left - 1

    def _header_note(self, line: str) -> None:
        file = self.files[-1]
        if line.startswith(("rename from ", "copy from ")):
            file.old = _name(line.partition(" from ")[2])
        elif line.startswith(("rename to ", "copy to ")):
            file.new = _name(line.partition(" to ")[2])
        elif line.startswith("old mode "):
            file.notes.append(f"mode {line.removeprefix('old mode ')}")
        elif line.startswith("new mode "):
            file.notes[-1:] = [f"{(file.notes or ['mode'])[-1]} → {line.removeprefix('new mode ')}"]
        elif line.startswith(("new file", "deleted file")):
            file.notes.append("new file" if line.startswith("new") else "deleted")
        elif not line.startswith(("index ", "similarity index 100%", "dissimilarity index")):
            file.notes.append(line)

    def _in_binary(self) -> bool:
        return bool(self.files) and self.files[-1].binary

    def _names_of_header(self, names: str) -> None:
        """`a/x b/x`: the same name twice. A rename has lines of its own that tell its two names."""
        middle = len(names) // 2
        old, new = _name(names[:middle]), _name(names[middle + 1 :])
        if old == new:
            self.files[-1].old = self.files[-1].new = old


def _name(raw: str) -> str:
    """A file name as git writes it: quoted if it has odd characters, with a prefix, maybe a time after a tab."""
    name = _unquoted(raw) if raw.startswith('"') else raw.split("\t")[0].rstrip("\r")
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in ("a/", "b/") else name


def _unquoted(raw: str) -> str:
    """C-style quoting: backslash escapes, and bytes of UTF-8 in octal."""
    body = raw[1 : raw.rfind('"')]
    data = re.sub(
        r"\\([0-7]{3}|.)",
        lambda found: chr(int(found[1], 8)) if len(found[1]) == 3 else _ESCAPES.get(found[1], found[1]),
        body.encode("utf-8").decode("latin-1"),
    )
    return data.encode("latin-1", errors="replace").decode("utf-8", errors="replace")
