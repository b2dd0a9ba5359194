"""What a supervisor is told when it starts: where it is, and what a command's environment holds."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

QUIET_PROGRAMS = {
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "MANPAGER": "cat",
    "PAGER": "cat",
    "TERM": "dumb",
}
"""Nobody can press a key or see a colour where a command runs."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_BASH = {"BASHOPTS", "BASH_ENV", "BASH_VERSINFO", "ENV", "EUID", "PPID", "SHELLOPTS", "TMOUT", "UID", "_"}
"""Names that bash does not let anyone set, by which it would run a file before every command, or by which it would
stop waiting for one."""


@dataclass(frozen=True)
class Premises:
    """workspace and home: absolute paths in the sandbox. sole: whether every process of this user in the
    supervisor's PID namespace belongs to the sandbox. mark: the value of MIMOSA_SANDBOX by which its processes are
    known where it is not. path: where the supervisor finds its own tools. environment: what a command starts with.
    file_mb: the largest file that a command may write, in MiB."""

    workspace: str
    home: str
    sole: bool
    file_mb: int
    mark: str = ""
    path: str = SYSTEM_PATH
    environment: Mapping[str, str] = field(default_factory=dict)


def boot_script(premises: Premises, secret: str, *, again: bool) -> str:
    """The shell code that makes a bash with three pipes the supervisor; its first reply is `mimosa_hello`'s.

    `again`: there was one before in the same place, and all that it started is to be ended.
    """
    environment = {
        name: value
        for name, value in premises.environment.items()
        if _NAME.fullmatch(name) and name not in _OF_BASH
    }
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
    lines = [
        f"mimosa_secret={secret}",
        f"mimosa_path={shlex.quote(premises.path)}",
        f"mimosa_home={shlex.quote(premises.home)}",
        f"mimosa_workspace={shlex.quote(premises.workspace)}",
        f"mimosa_mark={shlex.quote(premises.mark)}",
        f"mimosa_sole={int(premises.sole)}",
        f"mimosa_file_kib={premises.file_mb * 1024}",
        f"mimosa_names={shlex.quote(' '.join(environment))}",
        f"mimosa_environment() {{ export {exports}; }}",
        f"mimosa_prelude={shlex.quote(_script('command_shell.sh'))}",
        _script("supervisor.sh"),
        _script("supervisor_files.sh"),
        "mimosa_hello again" if again else "mimosa_hello",
        "mimosa_serve",
    ]
    return "\n".join(lines)


def _script(name: str) -> str:
    return files("sandbox.channel").joinpath(name).read_text(encoding="utf-8")
