"""What of a long text is shown: its first and last lines, and of a long line its beginning."""

from collections.abc import Iterator

HEAD, TAIL = 4, 8
"""Lines of a long text that are shown."""
WIDEST = 1000
"""Characters of one line that are shown."""


def cut_text(words: str) -> str:
    """The first and the last lines of `words`, each cut, and between them how many were left out."""
    lines = words.strip("\n").split("\n")
    left_out = len(lines) - HEAD - TAIL
    if left_out >= 2:
        lines = [*lines[:HEAD], f"… {left_out:,} lines left out …", *lines[-TAIL:]]
    return cut_lines("\n".join(lines))


def cut_lines(words: str) -> str:
    """`words` with each line that is longer than WIDEST cut, and told by how much."""
    return "\n".join(_cut_line(line) for line in words.split("\n"))


def _cut_line(line: str) -> str:
    if len(line) <= WIDEST:
        return line
    return f"{line[:WIDEST]} … {len(line) - WIDEST:,} characters left out"


def readable_diff(diff: str) -> Iterator[str]:
    """The lines of a diff that say something to a person: no object names, and of a binary file only that it is
    one."""
    binary = hunk = False
    for line in diff.rstrip("\n").split("\n"):
        if line.startswith("diff --git "):
            binary = hunk = False
        hunk = hunk or line.startswith("@@")
        if binary or (not hunk and line.startswith("index ")):
            continue
        binary = line == "GIT binary patch"
        yield "binary file, not shown" if binary else _cut_line(line)
