"""What can go wrong where commands run. Every message says what happened, to what, and what to do."""


class SandboxError(Exception):
    """The sandbox failed. `exit_code` is what the program ends with if nobody handles it."""

    exit_code = 1


class EngineUnavailable(SandboxError):
    """No Docker engine answers, and none could be started."""

    exit_code = 75


class SandboxDied(SandboxError):
    """The container or the engine went away; files up to the last checkpoint are safe on the host."""

    exit_code = 75


class EnvironmentFailed(SandboxError):
    """An image could not be made, or a setup command failed. The message ends with the last lines."""

    exit_code = 2


class RepositoryError(SandboxError):
    """The repository cannot be used as it is."""

    exit_code = 2


class HostUnknown(SandboxError):
    """What was written down as a host to be reached cannot be one."""

    exit_code = 2


class PatchRefused(SandboxError):
    """A diff that came out of a sandbox does not apply, or must not be applied."""


class AdminFailed(SandboxError):
    """A command of Mimosa's own, such as git for a checkpoint, failed inside the sandbox.

    `output` is what it printed: bytes, because the caller may have asked for binary data.
    """

    def __init__(self, exit_code: int, output: bytes, command: str = "") -> None:
        self.exit_status = exit_code
        self.output = output
        self.command = command
        words = output[-2000:].decode("utf-8", errors="replace").strip()
        what = f" ({command[:200]})" if command else ""
        super().__init__(f"a command of Mimosa inside the sandbox{what} ended with exit code {exit_code}: {words}")


class NoSuchJob(SandboxError):
    """No background command of this session has that number."""
