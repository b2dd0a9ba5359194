"""An attempt's folder on another machine, kept up to date here while it grows: what a node had done that dies is
not lost with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.lock import FILE as LOCK

GROWING = ".jsonl"
"""Files that are only ever appended to; of the others, the whole is sent when they change."""


@dataclass(frozen=True)
class Piece:
    """Bytes of the file at `path`, relative to the folder, to be written from `offset` on; the file ends there."""

    path: str
    offset: int
    data: bytes


class Source:
    """The far end: what has changed in `folder` since it was last asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: dict[str, tuple[int, int]] = {}

    def news(self) -> tuple[Piece, ...]:
        """In the order in which a reader may trust them: a checkpoint's patch before the log that tells of it."""
        # Logs are read first and sent last, so that no log is ahead of its patches.
        files = sorted(self._files(), key=lambda entry: not entry[0].endswith(GROWING))
        return tuple(self._pieces(files))[::-1]

    def names(self) -> frozenset[str]:
        """Every file that is there."""
        return frozenset(path for path, _ in self._files())

    def _pieces(self, files: list[tuple[str, Path]]) -> Iterator[Piece]:
        for path, file in files:
            try:
                facts = file.stat()
                known = self._sent.get(path)
                if known == (facts.st_size, facts.st_mtime_ns):
                    continue
                offset = known[0] if known is not None and path.endswith(GROWING) else 0
                with file.open("rb") as stream:
                    stream.seek(offset)
                    data = stream.read()
            except FileNotFoundError:
                continue  # a file that was unfinished
            self._sent[path] = (offset + len(data), facts.st_mtime_ns)
            yield Piece(path, offset, data)

    def _files(self) -> list[tuple[str, Path]]:
        return [
            (path.relative_to(self._folder).as_posix(), path)
            for path in self._folder.rglob("*")
            if path.name != LOCK and path.suffix != ".unfinished" and path.is_file()
        ]


def put(pieces: tuple[Piece, ...], folder: Path) -> None:
    """Write pieces into the near copy. Raises OSError."""
    for piece in pieces:
        target = folder / piece.path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("r+b" if target.exists() else "w+b") as stream:
            stream.seek(piece.offset)
            stream.write(piece.data)
            stream.truncate()


def keep_only(names: frozenset[str], folder: Path) -> None:
    """Remove what the far folder no longer has: a try that was renamed to the attempt's own session."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in names:
            path.unlink()
