"""Diffs as coloured HTML, with line numbers that are not copied and the changed words marked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import takewhile

from agent.export.markup import Html, join, tag
from agent.export.unified import FileDiff, Line, parse_diff
from agent.export.words import count, plural

_FOLDED_FROM = 400  # lines; a longer file is folded
_LONGEST_MARKED = 300  # characters; comparing longer lines word by word costs more than it tells
_SIGNS = {"added": "+", "removed": "-", "same": " "}


def diff_html(diff: str, *, anchor: str = "") -> Html:
    """All files of a diff, each foldable. With `anchor`, file i has the id `anchor-i`, from 1. Text that is no
    diff is shown as it is."""
    files = parse_diff(diff)
    if not files:
        return tag("pre", diff, class_="plain")
    return join(*(_file(file, f"{anchor}-{number}" if anchor else "") for number, file in enumerate(files, 1)))


def edit_html(diff: str) -> Html:
    """The diff of an edit: of one file, whose name stands beside, only its lines."""
    files = parse_diff(diff)
    if len(files) != 1 or not 0 < len(files[0].lines) < _FOLDED_FROM:
        return diff_html(diff)
    return _lines(_without_carriage_returns(files[0].lines)[0])


def file_list(diff: str, anchor: str) -> Html:
    """Links to the files of a diff, with what was added and removed."""
    items = [
        tag(
            "li",
            tag("a", file.name, href=f"#{anchor}-{number}"),
            " ",
            _note("binary") if file.binary else _size(file),
        )
        for number, file in enumerate(parse_diff(diff), 1)
    ]
    return tag("ul", *items, class_="files") if items else Html("")


def _lines(lines: list[Line]) -> Html:
    """Lines of one file, in a block that scrolls sideways by itself."""
    width = max(len(str(max(line.old or 0, line.new or 0))) for line in lines)
    return tag("pre", *_rows(lines, width), class_="diff", tabindex=0)


def _file(file: FileDiff, anchor: str) -> Html:
    renamed = file.old and file.new and file.old != file.new
    name = f"{file.old} → {file.new}" if renamed else file.name
    lines, line_ends = _without_carriage_returns(file.lines)
    notes = [*file.notes, *line_ends, *(["binary, not shown"] if file.binary else [])]
    size = Html("") if file.binary else _size(file)
    head = tag("summary", tag("span", name, class_="path"), " ", size, *(_note(note) for note in notes))
    body = _lines(lines) if lines else Html("")
    identity: dict[str, str | bool | int] = {"id": anchor} if anchor else {}
    return tag("details", head, body, class_="file", open=len(file.lines) < _FOLDED_FROM, **identity)


def _without_carriage_returns(lines: list[Line]) -> tuple[list[Line], list[str]]:
    """In a file with Windows line ends throughout they are said once; a mixed file shows each."""
    of_file = [line for line in lines if line.kind in _SIGNS]
    if not of_file or not all(line.text.endswith("\r") for line in of_file):
        return lines, []
    stripped = [
        replace(line, text=line.text.removesuffix("\r")) if line.kind in _SIGNS else line for line in lines
    ]
    return stripped, ["CRLF line ends"]


def _note(note: str) -> Html:
    return tag("span", note, class_="note")


def _size(file: FileDiff) -> Html:
    said = f"{plural(file.added, 'line')} added, {count(file.removed)} removed"
    return tag(
        "span",
        tag("span", f"+{count(file.added)}", class_="plus"),
        " ",
        tag("span", f"\N{MINUS SIGN}{count(file.removed)}", class_="minus"),
        class_="size",
        title=said,
    )


def _rows(lines: list[Line], width: int) -> Iterator[Html]:
    at = 0
    while at < len(lines):
        if lines[at].kind != "removed":
            yield _row(lines[at], lines[at].text, width)
            at += 1
            continue
        removed = list(takewhile(lambda line: line.kind == "removed", lines[at:]))
        added = list(takewhile(lambda line: line.kind == "added", lines[at + len(removed) :]))
        yield from _change(removed, added, width)
        at += len(removed) + len(added)


def _change(removed: list[Line], added: list[Line], width: int) -> Iterator[Html]:
    """Removed lines and those in their place; as many of both are taken to be the same lines, edited."""
    if len(removed) != len(added):
        yield from (_row(line, line.text, width) for line in (*removed, *added))
        return
    pairs = [_marked(old.text, new.text) for old, new in zip(removed, added, strict=True)]
    yield from (_row(line, pair[0], width) for line, pair in zip(removed, pairs, strict=True))
    yield from (_row(line, pair[1], width) for line, pair in zip(added, pairs, strict=True))


def _marked(old: str, new: str) -> tuple[str, str]:
    """Both lines with the words that differ marked; unmarked if they have little in common."""
    if max(len(old), len(new)) > _LONGEST_MARKED:
        return old, new
    olds, news = re.findall(r"\w+|\s+|.", old), re.findall(r"\w+|\s+|.", new)
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    if matcher.ratio() < 0.5:
        return old, new
    left: list[str] = []
    right: list[str] = []
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        before, after = "".join(olds[old_from:old_to]), "".join(news[new_from:new_to])
        left.append(before if kind == "equal" or not before else tag("mark", before))
        right.append(after if kind == "equal" or not after else tag("mark", after))
    return join(*left), join(*right)


def _row(line: Line, words: str, width: int) -> Html:
    """One line. Its numbers stand in an attribute, so that the style sheet shows them and a selection leaves them
    out; they are padded to `width` characters each."""
    if line.kind not in _SIGNS:
        return tag("span", words, "\n", class_=line.kind)
    numbers = f"{line.old or '':>{width}} {line.new or '':>{width}}"
    return tag("span", _SIGNS[line.kind], words, "\n", class_=line.kind, data_numbers=numbers)
