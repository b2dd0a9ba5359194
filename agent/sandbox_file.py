"""Mimosa's own files inside a sandbox."""

from sandbox.base import Sandbox
from sandbox.errors import SandboxError


async def put(sandbox: Sandbox, path: str, data: bytes) -> None:
    """Write a file below `sandbox.home`. Raises SandboxError."""
    try:
        await sandbox.write(path, data)
    except OSError as error:
        raise SandboxError(
            f"{path} cannot be written in the sandbox: {error.strerror or error}. "
            "Nothing is lost: free some space there, or resume the session in a larger sandbox."
        ) from error
