"""Full histories that a compaction replaced: kept in the session folder, and in the sandbox for the model."""

from collections.abc import Sequence
from pathlib import Path

from agent.readable import readable
from agent.recorder import write_whole
from agent.sandbox_file import put
from model_runtime.messages import Message
from sandbox.base import Sandbox

FOLDER = "archive"


class ArchiveKeeper:
    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder / FOLDER
        self._sandbox = sandbox

    async def keep(self, messages: Sequence[Message]) -> str:
        """Store a history; returns its path inside the sandbox. Raises SessionError and SandboxError."""
        name = f"{len(self._kept()) + 1:03d}.md"
        text = readable(messages).encode()
        write_whole(self._folder / name, text)
        path = self._path(name)
        await put(self._sandbox, path, text)
        return path

    async def bring_back(self) -> list[str]:
        """Put all of them into a new sandbox; returns their paths there."""
        paths = []
        for file in self._kept():
            paths.append(self._path(file.name))
            await put(self._sandbox, paths[-1], file.read_bytes())
        return paths

    def _kept(self) -> list[Path]:
        return sorted(self._folder.glob("*.md"))

    def _path(self, name: str) -> str:
        return f"{self._sandbox.home}/{FOLDER}/{name}"
