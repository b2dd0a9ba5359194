"""Which files a patch touches, and which of them are tests."""

import re
from pathlib import PurePosixPath

# Lines of a file's content begin with a sign or a space, so these are headers. The two names of the first line are
# not told apart by a space, as names may hold spaces; but unless a file was renamed they are the same.
HEADER = re.compile(rb'^(?:diff --git "?a/(.*?)"? "?b/\1"?|(?:rename|copy) to "?(.*?)"?)$', re.MULTILINE)
DELETED = re.compile(rb"^deleted file mode ", re.MULTILINE)
FILE_START = re.compile(rb"^(?=diff --git )", re.MULTILINE)
TEST_FOLDERS = {"test", "tests", "testing", "__tests__", "spec", "specs"}
TEST_NAMES = re.compile(r"^(test_.*|.*_tests?\.[^.]+|.*\.(test|spec)\.[^.]+|conftest\.py|.*Tests?\.(java|kt|cs))$")


def touched_files(patch: bytes) -> list[str]:
    """Paths after the change, as the patch's headers name them."""
    return [(same or new).decode(errors="replace") for same, new in HEADER.findall(patch)]


def only_tests(patch: bytes) -> bytes:
    """The part of a patch of git that touches tests."""
    return b"".join(piece for piece in FILE_START.split(patch) if any(map(is_test, touched_files(piece))))


def deleted_tests(patch: bytes) -> list[str]:
    """The tests that a patch of git removes."""
    gone = [piece for piece in FILE_START.split(patch) if DELETED.search(piece)]
    return [path for piece in gone for path in touched_files(piece) if is_test(path)]


def is_test(path: str) -> bool:
    """Whether a path looks like a test or what tests need, by the customs of the common languages."""
    parts = PurePosixPath(path)
    return bool(TEST_FOLDERS.intersection(parts.parts[:-1]) or TEST_NAMES.match(parts.name))
