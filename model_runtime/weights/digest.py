"""Whether a file is the one that its hub lists: its size, and the hash that the hub keeps of it."""

import hashlib
from pathlib import Path

from model_runtime.weights.base import Moved, RemoteFile, Report, silent

PIECE = 4 << 20


def why_wrong(path: Path, file: RemoteFile, report: Report = silent) -> str:
    """What is wrong with the file at `path`, "" if it is right. Large files have a SHA-256, small ones the SHA-1
    that git gives a blob (git-hash-object(1))."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return "is missing"
    if size != file.size:
        return f"has {size:,} bytes instead of {file.size:,}"
    if not file.digest:
        return ""
    found = digest_of(path, sha256=bool(file.sha256), report=report)
    return "" if found == file.digest else "is damaged: its hash is another"


def digest_of(path: Path, *, sha256: bool, report: Report = silent) -> str:
    size = path.stat().st_size
    hasher = hashlib.sha256() if sha256 else hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            hasher.update(piece)
            report(Moved(path.name, len(piece), "check"))
    return hasher.hexdigest()
