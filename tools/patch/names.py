"""File names in the headers of a diff."""

import re

from tools.patch.model import BadPatch

# What git puts before the names of the two sides, as `diff.mnemonicPrefix` and the default have it.
PREFIXES = {("a/", "b/"), ("i/", "w/"), ("c/", "i/"), ("c/", "w/"), ("o/", "w/")}
NOWHERE = "/dev/null"
QUOTED = r'"(?:[^"\\]|\\.)*"'
ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)")
ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def header_name(text: str) -> str:
    """A name as a header has it: perhaps in C quotes, perhaps with a time stamp after a tab. Raises BadPatch."""
    text = text.rstrip("\r")
    if quoted := re.match(QUOTED, text):
        return _unquoted(quoted[0])
    return text.split("\t")[0].rstrip()


def git_names(rest: str) -> tuple[str, str] | None:
    """Both names of `diff --git a/x b/x`; they can be told apart only if they are the same or hold no blank."""
    if two := re.fullmatch(rf"({QUOTED}|\S+) ({QUOTED}|\S+)", rest):
        return header_name(two[1]), header_name(two[2])
    same = re.fullmatch(r"(?:\w/)?(.+) (?:\w/)?\1", rest)
    return (same[1], same[1]) if same else None


def without_prefixes(old: str, new: str) -> tuple[str, str]:
    """The names without git's `a/` and `b/`, if they have them."""
    if (old[:2], new[:2]) in PREFIXES:
        return old[2:], new[2:]
    if old == NOWHERE:
        return old, new.removeprefix("b/")
    if new == NOWHERE:
        return old.removeprefix("a/"), new
    return old, new


def _unquoted(text: str) -> str:
    def byte(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if len(code) == 3 else ESCAPED.get(code, code)

    try:
        return ESCAPE.sub(byte, text[1:-1].encode()).decode()
    except UnicodeDecodeError as broken:
        raise BadPatch(f"The file name {text} is not quoted as git quotes names.") from broken
