"""Files in a sandbox, read and replaced through its supervisor."""

import base64
import errno
import os
import posixpath
import secrets
import shlex

from sandbox.channel.channel import ChannelLost, Reply
from sandbox.channel.supervisor import Supervisor
from sandbox.errors import SandboxDied

CHUNK_BYTES = 512 * 1024

_CODES = {os.strerror(code): code for code in errno.errorcode}


class Files:
    """Relative paths are from `workspace`; `home` has the folder `run`."""

    def __init__(self, supervisor: Supervisor, workspace: str, home: str) -> None:
        self._supervisor = supervisor
        self._workspace = workspace
        self._home = home

    async def read(self, path: str) -> bytes:
        """The bytes of a regular file. Raises the OSError that opening it raised there."""
        full = self._absolute(path)
        reply = await self._supervisor.request(f"mimosa_read {shlex.quote(full)}")
        _raise_refusal(reply, path)
        return reply.payload

    async def write(self, path: str, data: bytes) -> None:
        """Put `data` into a fresh file beside the old one, give it the old one's mode, and move it there.

        A symbolic link stays, and what it points to is replaced, wherever that is: a command can do that too, and
        the sandbox's walls limit both. Raises the OSError that any step raised there; the old file then stands as
        it was.
        """
        full = self._absolute(path)
        for _ in range(2):
            try:
                await self._write(full, path, data)
            except ChannelLost:
                continue
            return
        raise SandboxDied(f"Mimosa's shell in the sandbox died twice while it wrote {path}")

    async def _write(self, full: str, path: str, data: bytes) -> None:
        staged = ""
        if len(data) > CHUNK_BYTES:
            staged = f"{self._home}/run/{secrets.token_hex(8)}"
        try:
            at = 0
            while len(data) - at > CHUNK_BYTES:
                chunk = base64.b64encode(data[at : at + CHUNK_BYTES]).decode("ascii")
                _raise_refusal(
                    await self._supervisor.request_once(f"mimosa_append {shlex.quote(staged)} {chunk}"), path
                )
                at += CHUNK_BYTES
            rest = base64.b64encode(data[at:]).decode("ascii")
            words = f"{shlex.quote(full)} {shlex.quote(staged)} {shlex.quote(rest)}"
            _raise_refusal(await self._supervisor.request_once(f"mimosa_write {words}"), path)
        finally:
            if staged:
                await self._supervisor.request(f"rm -f {shlex.quote(staged)}; mimosa_reply 0")

    def _absolute(self, path: str) -> str:
        if "\0" in path:
            raise OSError(errno.EINVAL, "a path cannot hold a NUL byte", path)
        if not path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return posixpath.join(self._workspace, path)


def _raise_refusal(reply: Reply, path: str) -> None:
    if reply.status == 0:
        return
    words = reply.payload.decode("utf-8", "replace").strip()
    reason = words.rpartition(": ")[2]
    raise OSError(_CODES.get(reason, errno.EIO), reason or "the shell gave no reason", path)
