"""One process at a time may append to a session."""

import fcntl
import os
from pathlib import Path

from agent.errors import SessionError

FILE = "lock"


class FolderLock:
    """Held until `release`, or until the process ends, however it ends: the kernel lets go of it then."""

    def __init__(self, folder: Path) -> None:
        """Raises SessionError if another process holds it."""
        self._file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip()
            os.close(self._file)
            raise SessionError(
                f"The session {folder.name} is in use by process {holder or 'unknown'}. "
                "Wait for it to end, or stop it."
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
