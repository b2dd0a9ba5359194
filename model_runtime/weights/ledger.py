"""Which files were checked already: hashing three hundred gigabytes again takes longer than looking here."""

import json
from pathlib import Path
from threading import Lock


class Ledger:
    """One JSON file: a file's path, with the size, the time and the hash that it had. A file that was touched
    since counts as unchecked. `path` None keeps nothing. Several threads may use it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: dict[str, list[object]] = _read(path)

    def knows(self, file: Path, digest: str) -> bool:
        return self._seen.get(str(file.resolve())) == _mark(file, digest)

    def note(self, file: Path, digest: str) -> None:
        with self._lock:
            self._seen[str(file.resolve())] = _mark(file, digest)
            if self._path is None:
                return
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(self._seen, indent=0), encoding="utf-8")
            new.replace(self._path)


def _mark(file: Path, digest: str) -> list[object]:
    stat = file.stat()
    return [stat.st_size, stat.st_mtime_ns, digest]


def _read(path: Path | None) -> dict[str, list[object]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError):
        return {}  # Then everything is checked once more.
    return found if isinstance(found, dict) else {}
