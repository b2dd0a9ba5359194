"""The key of the endpoint: from the environment, or from a file that nobody else can read."""

import os
import stat
from pathlib import Path

from pydantic import SecretStr

from agent.errors import UsageError


def read_key_file(path: Path) -> SecretStr:
    """The key in `path`. Raises UsageError if the file is missing, others can read it, or it holds no key."""
    try:
        # Opened before it is judged, so that what is judged is what is read; not blocking, should it be a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path}: the key file cannot be read ({reason}); check model.api_key_file") from None
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise UsageError(f"{path}: the key file is not a regular file; put the key alone into a text file")
        mode = stat.S_IMODE(state.st_mode)
        if mode & 0o077:
            raise UsageError(
                f"{path}: the key file has mode {mode:03o}, so others can read it; run: chmod 600 '{path}'"
            )
        data = file.read(16_384)
    return checked_key(data.decode("utf-8", errors="replace"), str(path))


def checked_key(raw: str, place: str) -> SecretStr:
    """The key without surrounding blanks. Raises UsageError, without showing it, if it cannot go into a header."""
    key = raw.strip()
    if not key:
        raise UsageError(f"{place}: is empty; put the key into it")
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(
            f"{place}: expected a key of printable ASCII characters on one line, found something else"
        )
    return SecretStr(key)
