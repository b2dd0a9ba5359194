"""Files and links as git sees them, read from and written to a folder without following links."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from sandbox.delivery.patched_file import LINK
from sandbox.errors import PatchRefused
from sandbox.workspace.names import printable
from sandbox.workspace.ownership import give, make_folders


@dataclass(frozen=True)
class Entry:
    """A file's bytes or a link's target, with git's mode: 0o100644, 0o100755 or 0o120000."""

    mode: int
    content: bytes

    def object_id(self, object_format: str) -> str:
        """git's id for these bytes as a blob."""
        header = b"blob %d\0" % len(self.content)
        return hashlib.new(object_format, header + self.content, usedforsecurity=False).hexdigest()


Entries = Mapping[str, Entry | None]
"""Path → what is there, None for nothing."""


def read_entries(root: Path, paths: Iterable[str]) -> dict[str, Entry | None]:
    """What lies at `paths` below `root`. A folder counts as nothing: git knows only what is in it. Raises
    PatchRefused for a path through a link that is not one of `paths`, and for what is neither file nor link."""
    wanted = dict.fromkeys(paths)
    return {path: _read(root, path, wanted.keys()) for path in wanted}


def write_entries(root: Path, entries: Entries) -> None:
    """Make the paths hold these entries: first what goes, with folders that become empty, then what comes.

    A file that is replaced keeps its owner and its mode but for the executable bit; as root, new files and folders
    get the owner of `root`. Each file is replaced at once. Raises OSError, with some of it done.
    """
    for path, entry in entries.items():
        if entry is None:
            _remove(root, path)
    for path, entry in entries.items():
        if entry is not None:
            _write(root, path, entry)


def _read(root: Path, path: str, wanted: Collection[str]) -> Entry | None:
    place = root / path
    link = _link_above(root, path)
    if link in wanted:
        return None
    if link:
        raise PatchRefused(f"{printable(path)} is not touched: in the repository, {printable(link)} is a link")
    try:
        facts = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(facts.st_mode):
        return Entry(LINK, os.fsencode(os.readlink(place)))  # noqa: PTH115 - Path would tidy it
    if stat.S_ISDIR(facts.st_mode):
        return None
    if not stat.S_ISREG(facts.st_mode):
        raise PatchRefused(f"{printable(path)} is not touched: in the repository it is neither a file nor a link")
    return Entry(0o100755 if facts.st_mode & 0o100 else 0o100644, place.read_bytes())


def _link_above(root: Path, path: str) -> str:
    """The outermost folder of `path` that is a link, "" if none is."""
    return next((str(above) for above in reversed(Path(path).parents[:-1]) if (root / above).is_symlink()), "")


def _remove(root: Path, path: str) -> None:
    place = root / path
    if _link_above(root, path) or (place.is_dir() and not place.is_symlink()):
        return  # nothing that git would know of under this name
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        place.unlink()
    for folder in Path(path).parents[:-1]:
        try:
            (root / folder).rmdir()
        except OSError:  # not empty, or gone already: either way there is nothing more to tidy
            return


def _write(root: Path, path: str, entry: Entry) -> None:
    place = root / path
    make_folders(root, place.parent)
    before = place.lstat() if place.is_symlink() or place.exists() else None
    handle, name = mkstemp(prefix=".mimosa-", dir=place.parent)
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(entry.content)
        if entry.mode == LINK:
            scratch.unlink()
            scratch.symlink_to(os.fsdecode(entry.content))
        else:
            scratch.chmod(_mode(entry, before))
        give(scratch, before or root.stat())
        scratch.replace(place)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def _mode(entry: Entry, before: os.stat_result | None) -> int:
    """The mode of the file before, executable or not as the entry says; that of any new file if there was none."""
    replaces = before is not None and stat.S_ISREG(before.st_mode)
    mode = stat.S_IMODE(before.st_mode) if before is not None and replaces else 0o666 & ~_umask()
    if entry.mode == 0o100755:
        return mode | (mode & 0o444) >> 2
    return mode & ~0o111


def _umask() -> int:
    # Asking the system sets it for an instant, in every thread: this reads it where Linux shows it.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
