"""Reads unified diffs as models write them: counts may be wrong, headers missing, fences around it."""

import re
from dataclasses import dataclass, replace

from tools.patch.model import BadPatch, FilePatch, Hunk, HunkLine

FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
HUNK = re.compile(r"@@(?:\s*-(\d+)(?:,\d+)?)?(?:\s+\+\d+(?:,\d+)?)?.*")
SIGNATURE = re.compile(r"\n-- ?\n[\d.]+[^\n]*\s*\Z")
# What git puts before the names of the two sides, as `diff.mnemonicPrefix` and the default have it.
PREFIXES = {("a/", "b/"), ("i/", "w/"), ("c/", "i/"), ("c/", "w/"), ("o/", "w/")}
NOWHERE = "/dev/null"
RIGHT = "Each file needs `--- a/path` and `+++ b/path`, then hunks that begin with `@@ -LINE +LINE @@`."


def parse_patch(text: str) -> list[FilePatch]:
    """The files that the diff changes, in its order. Raises BadPatch."""
    if fenced := FENCE.match(text):
        text = fenced[1]
    reader = _Reader(SIGNATURE.sub("\n", text).split("\n"))
    files: list[FilePatch] = []
    while not reader.done:
        if reader.at_file():
            files.append(_file(reader))
        elif reader.line.startswith("@@"):
            raise BadPatch(f"Line {reader.at + 1} begins a hunk, but no file was named before. {RIGHT}")
        elif reader.line.startswith("*** "):
            raise BadPatch(f"This is not a unified diff: {reader.line!r}. {RIGHT}")
        else:
            reader.at += 1  # a commit message, or another program's headline
    if not files:
        raise BadPatch(f"There is no file in the diff. {RIGHT}")
    return files


@dataclass
class _Reader:
    lines: list[str]
    at: int = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.lines)

    @property
    def line(self) -> str:
        return self.lines[self.at] if not self.done else ""

    def at_names(self) -> bool:
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        return self.line.startswith("--- ") and following.startswith("+++ ")

    def at_file(self) -> bool:
        return self.line.startswith("diff --git ") or self.at_names()

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]


def _file(reader: _Reader) -> FilePatch:
    names: tuple[str, str] | None = None
    fields: dict[str, str] = {}
    if reader.line.startswith("diff --git "):
        names = _git_names(reader.take().removeprefix("diff --git ").strip())
        fields = _extended(reader)
    if reader.at_names():
        names = _name(reader.take()[4:]), _name(reader.take()[4:])
    if names is None:
        raise BadPatch(f"The file names of line {reader.at} cannot be read. {RIGHT}")
    hunks = []
    while reader.line.startswith("@@"):
        hunks.append(_hunk(reader))
    return _checked(_sides(names, fields), fields, tuple(hunks))


def _extended(reader: _Reader) -> dict[str, str]:
    """git's lines between `diff --git` and the names: `rename from x` becomes `fields["rename from"] = "x"`."""
    fields = {}
    while not reader.done and not reader.at_file() and not reader.line.startswith("@@"):
        line = reader.take().rstrip("\r")
        if line.startswith(("GIT binary patch", "Binary files ")):
            raise BadPatch("Binary files cannot be patched; make them with bash.")
        found = re.match(r"(rename from|rename to|copy from|copy to|old mode|new mode|\w+ file mode) (.*)", line)
        if found:
            fields[found[1]] = found[2]
    return fields


def _git_names(rest: str) -> tuple[str, str] | None:
    """Both names of `diff --git a/x b/x`; they can be told apart only if they are the same or hold no blank."""
    if quoted := re.fullmatch(r'("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)', rest):
        return _name(quoted[1]), _name(quoted[2])
    same = re.fullmatch(r"(?:\w/)?(.+) (?:\w/)?\1", rest)
    return (same[1], same[1]) if same else None


def _name(text: str) -> str:
    """A name as a header has it: perhaps in C quotes, perhaps with a time stamp after a tab."""
    text = text.rstrip("\r")
    if text.startswith('"') and (quoted := re.match(r'"((?:[^"\\]|\\.)*)"', text)):
        try:
            return quoted[1].encode().decode("unicode_escape").encode("latin-1").decode()
        except UnicodeError as broken:
            raise BadPatch(f"The file name {text} is not quoted as git quotes names.") from broken
    return text.split("\t")[0].rstrip()


def _sides(names: tuple[str, str], fields: dict[str, str]) -> tuple[str | None, str | None]:
    old, new = names
    if "rename from" in fields and "rename to" in fields:
        return _name(fields["rename from"]), _name(fields["rename to"])
    if (old[:2], new[:2]) in PREFIXES or (NOWHERE in names and (old[:2] == "a/" or new[:2] == "b/")):
        old, new = (name if name == NOWHERE else name[2:] for name in names)
    return (
        None if old == NOWHERE or "new file mode" in fields else old,
        None if new == NOWHERE or "deleted file mode" in fields else new,
    )


def _checked(sides: tuple[str | None, str | None], fields: dict[str, str], hunks: tuple[Hunk, ...]) -> FilePatch:
    old, new = sides
    if "copy from" in fields:
        raise BadPatch(f"Copies are not supported: copy {fields['copy from']} with bash, then patch the copy.")
    mode = fields.get("new mode") or fields.get("new file mode") or ""
    if mode.startswith(("12", "16")):
        raise BadPatch(f"{new} has mode {mode}: symbolic links and submodules cannot be patched; use bash.")
    if old is None and new is None:
        raise BadPatch("A file cannot be /dev/null on both sides.")
    if old and new and old != new and "rename from" not in fields:
        raise BadPatch(
            f"The diff names {old} on one side and {new} on the other. "
            "To rename, put `diff --git`, `rename from` and `rename to` lines before them."
        )
    if not hunks and not fields:
        raise BadPatch(f"There is no hunk for {new or old}. {RIGHT}")
    return FilePatch(old, new, hunks, None if not mode else mode.endswith("755"))


def _hunk(reader: _Reader) -> Hunk:
    header = reader.take().rstrip("\r")
    found = HUNK.match(header)
    start = int(found[1]) if found and found[1] else None
    lines: list[HunkLine] = []
    while not reader.done and not reader.at_file() and not reader.line.startswith(("@@", "Index: ", "From ")):
        line = reader.take()
        match line[:1].rstrip("\r"):
            case "":
                lines.append(HunkLine(" ", ""))
            case " " | "-" | "+" as sign:
                lines.append(HunkLine(sign, line[1:]))
            case "\\" if lines:
                lines[-1] = replace(lines[-1], newline=False)
            case _:
                raise BadPatch(
                    f"Line {reader.at} of the diff, in the hunk {header}, begins with neither a blank (context), "
                    f"`-` nor `+`: {line[:200]!r}."
                )
    while lines and lines[-1] == HunkLine(" ", ""):
        lines.pop()  # blank lines after the diff, or context that nobody misses
    if all(line.sign == " " for line in lines):
        raise BadPatch(f"The hunk {header} changes nothing: it has no line that begins with `-` or `+`.")
    return Hunk(header, start, tuple(lines))
