"""What tests ask for and the issue never gives: names and words that only the fix itself brought into the world.

Nobody can guess them, so an instance that asks for them measures luck.
"""

import builtins
import keyword
import re
import sys
from collections.abc import Callable

from evals.mining.base import Candidate, Drop
from evals.mining.message import issue_text

IDENTIFIER = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]{2,}\b")
TEXT = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'")
BOUND_IN_TESTS = re.compile(r"\b(?:def|class|as|for)\s+(\w+)|^\s*(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
PARAMETERS = re.compile(r"\bdef\s+\w+\(([^)]*)\)|\blambda\s+([^:\n]*):")
EVERYBODYS = {*dir(builtins), *keyword.kwlist, *sys.stdlib_module_names, "self", "cls"}
SHORTEST_TEXT = 12
"""Letters of a message that nobody writes twice by chance."""


def hidden_needs(candidate: Candidate, known: Callable[[str], bool]) -> Drop | None:
    """`known(word)` says whether the repository had the word before the fix."""
    issue = issue_text(candidate.message)
    code, tests = _added(candidate.patch, ".py"), _added(candidate.test_patch, ".py")
    needed = [
        *(f"the name {name}" for name in _names(code, tests) if not _in(name, issue) and not known(name)),
        *(f"the text {text!r}" for text in _texts(code, tests) if text not in issue and not known(text)),
    ]
    return Drop("asks for what the issue never gives", ", ".join(needed[:5])) if needed else None


def _added(patch: bytes, suffix: str) -> str:
    """Lines that a patch adds to files of one kind."""
    lines, inside = [], False
    for line in patch.decode(errors="replace").split("\n"):
        if line.startswith("+++ "):
            inside = line.rstrip('"').endswith(suffix)
        elif inside and line.startswith("+"):
            lines.append(line[1:])
    return "\n".join(lines)


def _names(code: str, tests: str) -> list[str]:
    """Names that the fix adds and the tests use without making them themselves."""
    bound = {name for found in BOUND_IN_TESTS.findall(tests) for name in found if name}
    bound.update(*(IDENTIFIER.findall(first + " " + second) for first, second in PARAMETERS.findall(tests)))
    plain = TEXT.sub("''", re.sub(r"#.*", "", tests))
    used = dict.fromkeys(IDENTIFIER.findall(plain))
    given = set(IDENTIFIER.findall(TEXT.sub("''", re.sub(r"#.*", "", code))))
    theirs = given - bound - EVERYBODYS
    return [name for name in used if name in theirs and not (name.startswith("__") and name.endswith("__"))]


def _texts(code: str, tests: str) -> list[str]:
    given = {first or second for first, second in TEXT.findall(code)}
    used = dict.fromkeys(first or second for first, second in TEXT.findall(tests))
    return [text for text in used if len(text) >= SHORTEST_TEXT and text in given]


def _in(name: str, issue: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", issue) is not None
