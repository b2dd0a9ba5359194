"""Which files a patch touches, and which of them are tests."""

import re
from pathlib import PurePosixPath

HEADER = re.compile(rb'^diff --git "?a/.*? "?b/(.*?)"?$', re.MULTILINE)
TEST_FOLDERS = {"test", "tests", "testing", "__tests__", "spec", "specs"}
TEST_NAMES = re.compile(r"^(test_.*|.*_tests?\.[^.]+|.*\.(test|spec)\.[^.]+|conftest\.py|.*Tests?\.(java|kt|cs))$")


def touched_files(patch: bytes) -> list[str]:
    """Paths after the change, as the patch's headers name them."""
    return [name.decode(errors="replace") for name in HEADER.findall(patch)]


def is_test(path: str) -> bool:
    """Whether a path looks like a test or what tests need, by the customs of the common languages."""
    parts = PurePosixPath(path)
    return bool(TEST_FOLDERS.intersection(parts.parts[:-1]) or TEST_NAMES.match(parts.name))
