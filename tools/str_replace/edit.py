"""One replacement in a text: where, with what, and what to tell of it."""

import re
from dataclasses import dataclass

from tools.nearest import split_lines
from tools.str_replace.indent import Rule, indent_of, indent_rule, reindent
from tools.str_replace.match import Span, find_exact, find_loose
from tools.str_replace.refusal import NoEdit, ambiguous, not_found
from tools.text_file import TextFile

MOST_DIFFERENCES = 3
BLANKS = " \t"


@dataclass(frozen=True)
class Edit:
    """The whole `text` after the edit, the characters of it that are new, and a warning for the model or ""."""

    text: str
    span: Span
    warning: str = ""


def replace_once(file: TextFile, old: str, new: str) -> Edit:
    """Replace the one place of `old`. Where none is exact, one that differs in white space alone is taken, with
    a warning, and `new` is indented as the file is. Raises NoEdit."""
    exact = find_exact(file.text, old)
    if len(exact) == 1:
        return _put(file, exact[0], old, new)
    if exact:
        raise NoEdit(ambiguous(file.text, exact, f"old_str occurs {len(exact)} times in the file"))
    while old and new and old[-1] == new[-1] and old[-1] in BLANKS:
        old, new = old[:-1], new[:-1]
    loose = find_loose(file.text, old)
    if len(loose) == 1:
        return _put_loosely(file, loose[0], old, new)
    if loose:
        found = f"old_str is not in the file exactly, and up to white space it occurs {len(loose)} times"
        raise NoEdit(ambiguous(file.text, loose, found))
    raise NoEdit(not_found(file.text, old, new))


def _put(file: TextFile, span: Span, old: str, new: str, warning: str = "") -> Edit:
    new = _with_newlines(new, file, file.text[span.start : span.end], old)
    text = file.text[: span.start] + new + file.text[span.end :]
    if text == file.text:
        raise NoEdit("Nothing to do: the file has new_str in this place already.")
    return Edit(text, Span(span.start, span.start + len(new)), warning)


def _with_newlines(new: str, file: TextFile, replaced: str, old: str) -> str:
    """`new` with the line breaks of the place that it goes to, or of the file where that has none."""
    crlf = "\r\n" in replaced if "\n" in replaced else file.newline == "\r\n"
    if crlf:
        return re.sub(r"(?<!\r)\n", "\r\n", new)
    # A call that quotes CRLF where the file has LF means the file's breaks; otherwise it means what it says.
    return new.replace("\r\n", "\n") if "\r\n" in old and replaced != old else new


def _put_loosely(file: TextFile, span: Span, old: str, new: str) -> Edit:
    line_start = file.text.rfind("\n", 0, span.start) + 1
    before = file.text[line_start : span.start]
    # A quote that begins within a line says nothing about that line's indentation.
    skipped = 1 if before.strip() else 0
    given = split_lines(old)
    actual = split_lines(file.text[span.start if skipped else line_start : span.end])
    rule = indent_rule(given[skipped:], actual[skipped:])
    if rule and not skipped:
        span = Span(line_start, span.end)
    moved = any(indent_of(a) != indent_of(b) for a, b in _pairs(given, actual)[skipped:])
    given_new = new
    if rule and moved:
        new = _reindent_after(new, skipped, rule)
    advice = ""
    if new != given_new:
        advice = "\nThe indentation of new_str was changed in the same way."
    elif moved and not rule:
        advice = "\nnew_str was put as given: check its indentation."
    return _put(file, span, old, new, _warning(file.text, span, given, actual) + advice)


def _reindent_after(new: str, skipped: int, rule: Rule) -> str:
    lines = new.split("\n")
    return "\n".join([*lines[:skipped], reindent("\n".join(lines[skipped:]), rule)]) if lines[skipped:] else new


def _pairs(given: list[str], actual: list[str]) -> list[tuple[str, str]]:
    return list(zip(given, actual, strict=False))


def _warning(text: str, span: Span, given: list[str], actual: list[str]) -> str:
    first = text.count("\n", 0, span.start) + 1
    rows = [
        f"  line {first + offset}: old_str has {quoted!r}, the file had {real!r}"
        for offset, (quoted, real) in enumerate(_pairs(given, actual))
        if quoted != real
    ]
    if len(rows) > MOST_DIFFERENCES:
        rows = [*rows[:MOST_DIFFERENCES], f"  and {len(rows) - MOST_DIFFERENCES} more lines"]
    warning = (
        "Warning: old_str is not in the file exactly; "
        "the one place that differs from it in white space alone was replaced."
    )
    return "\n".join([warning, *rows])
