"""Unified diffs of single files, for the screen and for the model."""

import difflib
from itertools import takewhile

CONTEXT = 3


def unified_diff(before: str, after: str, old_name: str, new_name: str) -> str:
    """A unified diff; "" if nothing changed. `/dev/null` names a file that is not there."""
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    # Only the changed stretch is compared line by line: an edit in a file of 100,000 lines costs no more.
    head = max(_common(old, new) - CONTEXT, 0)
    tail = max(_common(old[head:][::-1], new[head:][::-1]) - CONTEXT, 0)
    body = difflib.unified_diff(old[head : len(old) - tail], new[head : len(new) - tail], n=CONTEXT, lineterm="")
    lines = [f"--- {_side('a', old_name)}", f"+++ {_side('b', new_name)}"]
    for line in list(body)[2:]:
        lines.append(_shifted(line, head) if line.startswith("@@") else line)
    return "\n".join(lines) + "\n"


def _lines(text: str) -> list[str]:
    """Lines without their line feed; a carriage return before it stays, so that a change of it is a change."""
    lines = text.split("\n")
    last = lines.pop()
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def _common(old: list[str], new: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _side(prefix: str, name: str) -> str:
    return name if name == "/dev/null" else f"{prefix}/{name}"


def _shifted(header: str, by: int) -> str:
    _, old, new, _ = header.split(" ", 3)
    return f"@@ -{_moved(old[1:], by)} +{_moved(new[1:], by)} @@"


def _moved(span: str, by: int) -> str:
    start, comma, count = span.partition(",")
    return f"{int(start) + by}{comma}{count}"
