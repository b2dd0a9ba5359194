"""Installs and starts a Docker engine on this machine: as a service where systemd runs, else as a process."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import EngineUnavailable
from sandbox.progress import Progress, Report

LAST_LINES = 15


@dataclass(frozen=True)
class DaemonOptions:
    """Where a started engine listens and keeps its things. None leaves a folder to dockerd's own default.

    `own_network`: True lets it make a bridge and packet rules, False forbids both, None tries the first where
    iptables works and falls back to the second. `service` may hand the start to systemd where that runs.
    """

    socket: Path
    log_file: Path = Path("/var/log/mimosa-dockerd.log")
    pid_file: Path = Path("/var/run/docker.pid")
    data_root: Path | None = None
    exec_root: Path | None = None
    own_network: bool | None = None
    service: bool = True
    ready_timeout_s: float = 60.0

    def command(self, *, own_network: bool) -> list[str]:
        words = ["dockerd", f"--host=unix://{self.socket}", f"--pidfile={self.pid_file}"]
        if self.data_root:
            words.append(f"--data-root={self.data_root}")
        if self.exec_root:
            words.append(f"--exec-root={self.exec_root}")
        if not own_network:
            words += ["--iptables=false", "--ip6tables=false", "--bridge=none"]
        return words


def install_docker(report: Report) -> None:
    """Install the distribution's engine with apt-get. Raises EngineUnavailable with apt's last lines."""
    install_packages(["docker.io"], report, phase="engine")


def install_packages(packages: list[str], report: Report, *, phase: str) -> None:
    """Install Debian packages on this machine, as root, without asking and without recommended ones."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    names = " ".join(packages)
    for step, command in (
        ("apt-get update", ["apt-get", "update", "-q"]),
        (f"apt-get install {names}", ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]),
    ):
        report(Progress(phase, step))
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        if done.returncode != 0:
            words = _last_lines(done.stdout + done.stderr)
            raise EngineUnavailable(f"`{step}` failed with exit code {done.returncode}. Its last lines:\n{words}")


def start_daemon(options: DaemonOptions, report: Report) -> str:
    """Start the engine and wait until it answers; returns one line on what was started and how to stop it.

    Raises EngineUnavailable with the log's last lines if it ends or stays silent.
    """
    if options.service and Path("/run/systemd/system").is_dir():
        return _start_service(options, report)
    for own_network in _network_choices(options):
        if process := _start_process(options, report, own_network=own_network):
            return _started(options, process)
    raise EngineUnavailable(_failed(options))


def _network_choices(options: DaemonOptions) -> tuple[bool, ...]:
    if options.own_network is not None:
        return (options.own_network,)
    return (True, False) if _iptables_work() else (False,)


def _start_service(options: DaemonOptions, report: Report) -> str:
    report(Progress("engine", "systemctl start docker"))
    done = subprocess.run(
        ["systemctl", "start", "docker"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0 or not _answers_in_time(options, None):
        raise EngineUnavailable(
            "The service docker could not be started; see `journalctl -u docker`.\n" + _last_lines(done.stderr)
        )
    return "Started the service docker; stop it with `systemctl stop docker`."


def _start_process(
    options: DaemonOptions, report: Report, *, own_network: bool
) -> "subprocess.Popen[bytes] | None":
    """Start dockerd apart from us: its own session, its output in the log. None if it does not come up."""
    report(Progress("engine", "starting dockerd" + ("" if own_network else " without a network of its own")))
    command = options.command(own_network=own_network)
    options.log_file.parent.mkdir(parents=True, exist_ok=True)
    with options.log_file.open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )
    if _answers_in_time(options, process):
        return process
    _end(process)
    return None


def _answers_in_time(options: DaemonOptions, process: "subprocess.Popen[bytes] | None") -> bool:
    deadline = time.monotonic() + options.ready_timeout_s
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            return False
        if _answers(options.socket):
            return True
        time.sleep(0.1)
    return False


def _answers(socket: Path) -> bool:
    import docker
    from docker.errors import DockerException
    from requests import RequestException

    if not socket.exists():
        return False
    try:
        client = docker.DockerClient(base_url=f"unix://{socket}", timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, RequestException):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the dockerd that we started and that did not come up; it takes its containerd along."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _iptables_work() -> bool:
    if shutil.which("iptables") is None:
        return False
    tried = subprocess.run(["iptables", "-t", "nat", "-L", "-n"], capture_output=True, stdin=subprocess.DEVNULL)
    return tried.returncode == 0


def _started(options: DaemonOptions, process: "subprocess.Popen[bytes]") -> str:
    return (
        f"Started dockerd (process {process.pid}, log {options.log_file}). It goes on running; "
        f"stop it with `kill {process.pid}`."
    )


def _failed(options: DaemonOptions) -> str:
    words = _last_lines(options.log_file.read_text(errors="replace"))
    return (
        "dockerd was started and did not come up. Start a Docker engine another way, or set DOCKER_HOST to one. "
        f"The last lines of {options.log_file}:\n{words}"
    )


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])
