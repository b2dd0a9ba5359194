"""What Mimosa's own work inside a sandbox needs: a way to run a command of its own there."""

from typing import Protocol


class Shell(Protocol):
    """Runs Mimosa's internal commands inside a sandbox, apart from the user's."""

    async def admin(self, command: str, *, timeout: float = 120.0) -> bytes:
        """Run `command` with bash in the sandbox's pristine environment, starting in the workspace; the user's
        working directory and variables are neither used nor changed.

        Returns the whole standard output. Raises SandboxDied when the place is gone, and AdminFailed on a non-zero
        exit code (its text is standard error, or standard output if that is empty) or after `timeout` seconds.
        """
        ...
