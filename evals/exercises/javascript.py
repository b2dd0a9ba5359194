"""JavaScript: jest, from npm."""

import re

from evals.exercises.base import Language

_TEST = re.compile(r"""^\s*(?:test|it)\(\s*(['"`])(.+?)\1\s*,""", re.MULTILINE)
_SKIPPED = re.compile(r"^(\s*)(?:x(test|it|describe)|(test|it|describe)\.skip)\(", re.MULTILINE)


def find_tests(_name: str, text: str) -> list[str]:
    return list(dict.fromkeys(title for _, title in _TEST.findall(none_skipped(text))))


def none_skipped(text: str) -> str:
    """The exercises skip all tests but the first, for people who learn."""
    return _SKIPPED.sub(lambda found: f"{found[1]}{found[2] or found[3]}(", text)


JAVASCRIPT = Language(
    name="javascript",
    suffix=".js",
    test_suffix=".spec.js",
    test_command="npx jest --ci --verbose",
    log_parser="parse_log_jest",
    find_tests=find_tests,
    whole=none_skipped,
    project=("*",),
    packages=("nodejs", "npm"),
)
