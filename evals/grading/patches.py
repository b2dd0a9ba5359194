"""What of a patch is graded: files that decide or steer the tests stay as the data set wants them."""

import re
from pathlib import PurePosixPath

from agent.patch_files import TEST_FOLDERS

_START = re.compile(rb"^(?=diff --git )", re.MULTILINE)
_PLAIN_START = re.compile(rb"^(?=--- .*\n\+\+\+ )", re.MULTILINE)
_NAME = re.compile(
    rb'^(?:--- (?:"?a/)?|\+\+\+ (?:"?b/)?|(?:rename|copy) (?:from|to) "?)([^\t\n"]+)"?(?:\t.*)?$', re.MULTILINE
)
_HEADER = re.compile(rb'^diff --git "?a/(.*?)"? "?b/\1"?$', re.MULTILINE)
_NEW_FILE = re.compile(rb"^(?:new file mode |--- /dev/null$)", re.MULTILINE)

STEERING = frozenset(
    {"conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py", "pyproject.toml"}
)
STARTUP = frozenset({"sitecustomize.py", "usercustomize.py"})
RUNNERS = frozenset({"pytest", "_pytest", "unittest", "pluggy", "iniconfig", "doctest", "nose"})
"""Names that, at the root of a repository, take the place of what runs the tests."""


def graded_part(
    patch: bytes, *, test_patch: str, gold: str, test_command: str = ""
) -> tuple[bytes, tuple[str, ...]]:
    """The part of a model's patch that is applied, and the paths that were left out of it.

    Left out are the files that the test patch brings or changes; files that steer the runner (conftest.py, its
    configuration, `*.pth`, `sitecustomize.py`, what takes a runner's name, scripts that `test_command` names), and
    files that are added beside the deciding tests in a folder of tests: unless the gold patch touches the same
    path, for then the issue asks for it. SWE-bench checks its test files out again and keeps all the rest.
    """
    deciding = {name for name, _ in test_files(test_patch)}
    wanted = {name for piece in pieces(gold.encode()) for name in names(piece)}
    scripts = {word.removeprefix("./").strip("'\"") for word in test_command.split()}
    kept, left_out = [], []
    for piece in pieces(patch):
        touched = names(piece)
        is_new = bool(_NEW_FILE.search(piece))
        steering = {name for name in touched if name in scripts or _steers(name, is_new, deciding)}
        if deciding.intersection(touched) or steering - wanted:
            left_out += touched
        else:
            kept.append(piece)
    return b"".join(kept), tuple(dict.fromkeys(left_out))


def test_files(test_patch: str) -> list[tuple[str, bool]]:
    """The paths of a test patch, each with whether it is new. Deleted and renamed files come under their old
    name as well."""
    found: dict[str, bool] = {}
    for piece in pieces(test_patch.encode()):
        is_new = bool(_NEW_FILE.search(piece)) or b"\nrename to " in piece
        touched = names(piece)
        for name in touched:
            found[name] = is_new and name == touched[-1]
    return list(found.items())


test_files.__test__ = False  # type: ignore[attr-defined] # pytest would collect it where it is imported


def pieces(patch: bytes) -> list[bytes]:
    """A patch file by file, in git's format or in the plain one."""
    start = _START if _START.search(patch) else _PLAIN_START
    return [piece for piece in start.split(patch) if piece.strip()]


def names(piece: bytes) -> list[str]:
    """The paths that one file's part of a patch is about: old, then new, where they differ."""
    head = piece.partition(b"\n@@")[0]
    found = [name for name in _NAME.findall(head) if name != b"/dev/null"] or _HEADER.findall(head)
    return list(dict.fromkeys(name.decode(errors="surrogateescape") for name in found))


def _steers(name: str, is_new: bool, deciding: set[str]) -> bool:
    path = PurePosixPath(name)
    if path.name in STEERING or path.suffix == ".pth":
        return True
    if not is_new:
        return False
    if path.parts[0].removesuffix(".py") in RUNNERS:
        return True
    folder = path.parent
    return folder.name in TEST_FOLDERS and any(PurePosixPath(test).parent == folder for test in deciding)
