"""Reads unified diffs as models write them: counts may be wrong, headers missing, fences around it."""

import re
from dataclasses import dataclass, replace

from tools.patch.model import BadPatch, FilePatch, Hunk, HunkLine
from tools.patch.names import NOWHERE, git_names, header_name, without_prefixes

FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
HUNK = re.compile(r"@@(?:\s*-(\d+)(?:,(\d+))?)?(?:\s+\+\d+(?:,(\d+))?)?")
SIGNATURE = re.compile(r"\n-- ?\n[\d.]+[^\n]*\s*\Z")
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

    def names(self) -> tuple[str, str]:
        """Those of the two lines that `at_names` saw."""
        old, new = self.lines[self.at : self.at + 2]
        return header_name(old[4:]), header_name(new[4:])

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]


def _file(reader: _Reader) -> FilePatch:
    names: tuple[str, str] | None = None
    fields: dict[str, str] = {}
    if reader.line.startswith("diff --git "):
        names = git_names(reader.take().removeprefix("diff --git ").strip())
        fields = _extended(reader)
    if reader.at_names() and (names is None or _same_file(names, reader.names())):
        names = reader.names()
        reader.at += 2
    if names is None:
        raise BadPatch(f"The file names of line {reader.at} cannot be read. {RIGHT}")
    hunks = []
    while reader.line.startswith("@@"):
        hunks.append(_hunk(reader))
    return _checked(_sides(names, fields), fields, tuple(hunks))


def _same_file(headline: tuple[str, str], names: tuple[str, str]) -> bool:
    """Whether `--- x`, `+++ y` go on with the file of `diff --git`. After a rename without hunks they may already
    be the next file of a diff that was put together from several."""
    ours, theirs = without_prefixes(*headline), without_prefixes(*names)
    return all(name in (NOWHERE, ours[side]) for side, name in enumerate(theirs))


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


def _sides(names: tuple[str, str], fields: dict[str, str]) -> tuple[str | None, str | None]:
    if "rename from" in fields and "rename to" in fields:
        return header_name(fields["rename from"]), header_name(fields["rename to"])
    old, new = without_prefixes(*names)
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
    counts = (int(found[2] or 1), int(found[3] or 1)) if found and found[1] else (0, 0)
    lines: list[HunkLine] = []
    while not _hunk_ends(reader, counts, lines):
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


def _hunk_ends(reader: _Reader, counts: tuple[int, int], lines: list[HunkLine]) -> bool:
    """Counts are not trusted to end a hunk. They only decide whether `--- x`, `+++ y`, `@@` are the next file, or
    a removed `-- x` and an added `++ y` that complete this hunk."""
    if reader.done or reader.line.startswith(("@@", "diff --git ", "Index: ", "From ")):
        return True
    if not reader.at_names() or not "".join(reader.lines[reader.at + 2 : reader.at + 3]).startswith("@@"):
        return False
    seen = (sum(line.sign != "+" for line in lines), sum(line.sign != "-" for line in lines))
    return counts != (seen[0] + 1, seen[1] + 1)
