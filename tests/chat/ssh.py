"""A real sshd of a test's own, on 127.0.0.1 and with throw-away keys.

with SshServer(folder) as ssh:
    command = ssh.command(["mimosa"], variables, folder=repository)   # for a Terminal
    ssh.serving()   # the processes of sshd that serve a connection
"""

import contextlib
import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

SETTINGS = """
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""


def program(name: str) -> str:
    """sshd is not on everybody's path, and insists on being called by its whole one."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"there is no {name}; on Debian: apt-get install openssh-server")
    return found


class SshServer:
    def __init__(self, folder: Path, settings: str = "") -> None:
        """`settings`: more lines of sshd_config."""
        self._folder = folder
        folder.mkdir(mode=0o700)
        for name in ("host_key", "user_key"):
            key = ["-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run([program("ssh-keygen"), *key], check=True)
        (folder / "sshd_config").write_text(SETTINGS.format(folder=folder) + settings)
        self.port = free_port()

    def __enter__(self) -> Self:
        if os.getuid() == 0:  # where sshd puts what it trusts least; an installed one makes it when it starts
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        options = ["-D", "-e", "-f", str(self._folder / "sshd_config"), "-p", str(self.port)]
        with (self._folder / "said").open("wb") as said:
            self._process = subprocess.Popen([program("sshd"), *options], stderr=said)
        deadline = time.monotonic() + 20
        while not answers(self.port):
            assert self._process.poll() is None and time.monotonic() < deadline, self.said
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in self.serving():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.terminate()
        self._process.wait(20)

    @property
    def said(self) -> str:
        return (self._folder / "said").read_text(errors="replace")

    def command(self, remote: Sequence[str], variables: Mapping[str, str], *, folder: Path) -> list[str]:
        """Opens a terminal on the other side, and runs `remote` in `folder` there with these variables alone."""
        given = shlex.join([f"{name}={value}" for name, value in variables.items()])
        words = f"cd {shlex.quote(str(folder))} && exec env -i {given} {shlex.join(remote)}"
        settings = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        options = [part for setting in settings for part in ("-o", setting)]
        key = ["-i", str(self._folder / "user_key"), "-o", "IdentitiesOnly=yes"]
        there = f"{getpass.getuser()}@127.0.0.1"
        return [program("ssh"), "-F", "none", "-tt", *options, *key, "-p", str(self.port), there, words]

    def serving(self) -> list[int]:
        """The processes that serve a connection: the children of the one that listens, and theirs."""
        parents = parents_of_all()
        found = [self._process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid and is_sshd(child)]
        return found[1:]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def parents_of_all() -> dict[int, int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    return parents


def is_sshd(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().startswith("sshd")
    return False


def with_variable(name: str, value: str) -> dict[int, str]:
    """The processes that have this variable in their environment, and what each runs."""
    wanted, found = f"{name}={value}".encode(), {}
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in environment.read_bytes().split(b"\0"):
                command = (environment.parent / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(environment.parent.name)] = command.decode(errors="replace")
    return found
