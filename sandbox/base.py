"""The contract of a sandbox: a place with a copy of the workspace where commands run.

Implementations are `sandbox.docker` and `sandbox.local`. Both drive the same shell supervisor over three pipes,
so a new backend is one file that starts a `bash` somewhere and connects its pipes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Watch = Callable[[str], None]
"""Receives output text while a command runs, in order, decoded with replacement."""


@dataclass(frozen=True)
class CommandResult:
    """What a command did.

    exit_code is the shell's (128 + signal for a signal), or None while the command still runs in the
    background, when `job` is its number. `output` is stdout and stderr merged, decoded with replacement, cut to
    head and tail with a line between them that says what was cut; `output_bytes` is the size of the whole, which
    lies at `output_path` inside the sandbox. `truncated_to` is the number of bytes kept in `output`, None if
    nothing was cut. `duration` is in seconds. `note` is for facts the output cannot tell: what was killed and
    why, a working directory that is gone, a shell that had to be restarted.
    """

    exit_code: int | None
    output: str
    output_bytes: int
    output_path: str
    truncated_to: int | None
    duration: float
    timed_out: bool = False
    interrupted: bool = False
    job: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """A state of the workspace that `restore` can bring back. `tree` is git's id of it; `number` counts from 0,
    the state at the start."""

    number: int
    tree: str


class Sandbox(Protocol):
    @property
    def workspace(self) -> str:
        """Absolute path of the working copy inside the sandbox."""
        ...

    @property
    def home(self) -> str:
        """Absolute path of Mimosa's own folder inside the sandbox: whole outputs, archives."""
        ...

    async def start(self) -> None:
        """Make the place and bring the workspace in. Raises SandboxError."""
        ...

    async def run(
        self,
        command: str,
        *,
        timeout: float = 120.0,
        background_after: float | None = None,
        watch: Watch | None = None,
    ) -> CommandResult:
        """Run `command` with bash in its own session and process group, standard input closed, in the working
        directory and with the exported variables that the last command left.

        Returns when the command itself ends, even if a child still holds its output. After `timeout` seconds, or
        on `interrupt`, or when the awaiting task is cancelled, the whole group gets TERM, then KILL. If
        `background_after` seconds pass first, the command goes on as a job and the result carries its number;
        `timeout` still bounds it. Raises SandboxDied when the place is gone.
        """
        ...

    async def interrupt(self) -> None:
        """End the command in the foreground, if any; its `run` returns with `interrupted` set."""
        ...

    async def poll(self, job: int, *, wait: float = 0.0) -> CommandResult:
        """What job `job` printed since it was last asked, waiting up to `wait` seconds for its end."""
        ...

    async def kill(self, job: int) -> CommandResult:
        """End job `job`; returns what it printed since it was last asked."""
        ...

    async def read(self, path: str) -> bytes:
        """The bytes of a file; relative paths are from the workspace. Raises FileNotFoundError,
        IsADirectoryError, PermissionError, or OSError with the shell's words."""
        ...

    async def write(self, path: str, data: bytes) -> None:
        """Replace or create a file atomically, keeping the mode of the one it replaces and making missing
        parent folders. Raises OSError."""
        ...

    async def checkpoint(self) -> Checkpoint:
        """Record the workspace as it is. The same checkpoint comes back if nothing changed since the last."""
        ...

    async def restore(self, number: int) -> None:
        """Bring the workspace's files back to checkpoint `number`; ignored files are left alone."""
        ...

    async def diff(self, base: int = 0, to: int | None = None) -> bytes:
        """A patch from checkpoint `base` to checkpoint `to`, None for the workspace as it is, in git's extended
        format: binary files, renames and modes included. Empty if nothing changed."""
        ...

    async def apply(self, patch: bytes) -> Checkpoint:
        """Put a patch of `diff` onto the workspace and record it: to resume a session, or to try its patch, in a
        new sandbox of the same snapshot. Raises SandboxError if it does not fit, and nothing has changed then."""
        ...

    async def close(self) -> None:
        """Remove the place at once. Safe to call twice, and after SandboxDied."""
        ...
