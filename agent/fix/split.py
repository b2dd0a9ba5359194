"""Which parts of a patch are tests."""

import re
from pathlib import PurePosixPath

_FILE_START = re.compile(rb"^(?=diff --git )", re.MULTILINE)
_TARGET = re.compile(rb'^diff --git (?:"?a/.*?"?) "?b/(.*?)"?$', re.MULTILINE)
_TEST_FOLDERS = {"test", "tests", "testing", "__tests__", "spec", "specs", "testdata"}
_TEST_NAME = re.compile(r"(^test_|^tests?\.|_test\.|_tests\.|_spec\.|\.test\.|\.spec\.|^conftest\.py$)")


def is_test(path: str) -> bool:
    """Whether a file of this name holds tests, by the habits of the common test runners."""
    parts = PurePosixPath(path).parts
    return bool(parts) and (
        any(part.lower() in _TEST_FOLDERS for part in parts[:-1]) or bool(_TEST_NAME.search(parts[-1]))
    )


def files_of(patch: bytes) -> list[tuple[str, bytes]]:
    """The patch cut into one piece a file: its path after the change, and the piece."""
    pieces = [piece for piece in _FILE_START.split(patch) if piece.startswith(b"diff --git ")]
    return [(_path(piece), piece) for piece in pieces]


def only_tests(patch: bytes) -> bytes:
    return b"".join(piece for path, piece in files_of(patch) if is_test(path))


def _path(piece: bytes) -> str:
    found = _TARGET.search(piece)
    return found[1].decode(errors="replace") if found else ""
