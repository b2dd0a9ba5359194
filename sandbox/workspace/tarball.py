"""A tar file written for a sandbox: every member belongs to the sandbox's user, names are kept byte for byte."""

import io
import os
import tarfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from sandbox.errors import RepositoryError, SandboxError

_AT_ONCE = 16 * 1024 * 1024


class TarWriter:
    """Members are written in order; missing parent folders are added on the way. Raises SandboxError when the tar
    file cannot be written, RepositoryError when a source ends too early.

    Headers are the standard library's, written one by one: `tarfile.TarFile` keeps and copies every member, which
    takes most of the time when there are thousands of small files.
    """

    def __init__(self, archive: Path, *, uid: int, gid: int) -> None:
        self._archive = archive
        self._uid = uid
        self._gid = gid
        self._folders: set[str] = set()

    def __enter__(self) -> "TarWriter":
        try:
            self._file: BinaryIO = self._archive.open("wb")
        except OSError as error:
            raise self._cannot_write(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            with self._file:
                self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        except OSError as failure:
            if error is None:
                raise self._cannot_write(failure) from failure

    def add_folder(self, name: str, mode: int = 0o755) -> None:
        if name in self._folders or not name:
            return
        self.add_folder(name.rpartition("/")[0])
        self._folders.add(name)
        self._write(self._header(name, tarfile.DIRTYPE, mode, int(time.time())))

    def add_link(self, name: str, target: str, modified: int) -> None:
        self.add_folder(name.rpartition("/")[0])
        self._write(self._header(name, tarfile.SYMTYPE, 0o777, modified, target=target))

    def add_bytes(self, name: str, data: bytes, mode: int = 0o644) -> None:
        self.add_folder(name.rpartition("/")[0])
        self._write(
            self._header(name, tarfile.REGTYPE, mode, int(time.time()), len(data)), data, _padding(len(data))
        )

    def add_file(self, name: str, source: str) -> int:
        """Add a regular file as it is now; returns its size. Raises OSError if it cannot be opened."""
        # Never through a link: the path was looked at before, and somebody may have put a link there since.
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with io.FileIO(handle) as file:
            facts = os.fstat(handle)
            self.add_folder(name.rpartition("/")[0])
            mode, modified = facts.st_mode & 0o777 | 0o600, int(facts.st_mtime)
            if facts.st_size > _AT_ONCE:
                self._write(self._header(name, tarfile.REGTYPE, mode, modified, facts.st_size))
                self._copy(file, source, facts.st_size)
                return facts.st_size
            data = file.readall() or b""
        self._write(self._header(name, tarfile.REGTYPE, mode, modified, len(data)), data, _padding(len(data)))
        return len(data)

    def add_tree(self, name: str, folder: Path) -> None:
        """Add everything below `folder`, which holds files and folders only."""
        self.add_folder(name)
        for entry in sorted(folder.iterdir()):
            member = f"{name}/{entry.name}"
            if entry.is_dir():
                self.add_tree(member, entry)
            else:
                self.add_file(member, os.fspath(entry))

    def _header(self, name: str, kind: bytes, mode: int, modified: int, size: int = 0, target: str = "") -> bytes:
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.mtime, member.size = kind, mode, modified, size
        member.linkname = target
        member.uid, member.gid = self._uid, self._gid
        return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")

    def _write(self, *parts: bytes) -> None:
        try:
            self._file.writelines(parts)
        except OSError as error:
            raise self._cannot_write(error) from error

    def _copy(self, file: io.FileIO, source: str, size: int) -> None:
        """Copy exactly `size` bytes: the header has been written, and a log may be growing."""
        left = size
        while left:
            data = file.read(min(left, _AT_ONCE))
            if not data:
                raise RepositoryError(f"{source} shrank while it was being copied; try again")
            self._write(data)
            left -= len(data)
        self._write(_padding(size))

    def _cannot_write(self, error: OSError) -> SandboxError:
        return SandboxError(
            f"the copy of the repository cannot be written to {self._archive}: {error.strerror or error}; free "
            "some space there, or name another folder for temporary files with TMPDIR"
        )


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
