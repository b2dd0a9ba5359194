"""What was typed in earlier sessions, for ↑ and Ctrl-R."""

from pathlib import Path

from prompt_toolkit.history import FileHistory

FILE = "chat-history"


class PrivateHistory(FileHistory):
    """Readable by its user alone. A disk that is full or read-only costs the history, not the chat."""

    def __init__(self, state: Path) -> None:
        super().__init__(state / FILE)
        self._path = state / FILE

    def store_string(self, string: str) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            super().store_string(string.encode("utf-8", "replace").decode())
        except OSError:
            return
