"""Installs and starts a Docker engine on this machine: as a service where systemd runs, else as a process."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import EngineUnavailable, EnvironmentFailed
from sandbox.images.apt import install_packages
from sandbox.progress import Progress, Report

LAST_LINES = 15
STARTS = 3
SLOW_CONTAINERD = "waiting for containerd to start"
"""dockerd gives its containerd 15 seconds. On a busy machine that can be too short, and most of all after a kill,
when there are containers left to be tidied; the next start has less to do."""


@dataclass(frozen=True)
class DaemonOptions:
    """Where a started engine listens and keeps its things. None leaves a folder to dockerd's own default.

    `service` hands the start to systemd where that runs.
    """

    socket: Path
    log_file: Path = Path("/var/log/mimosa-dockerd.log")
    pid_file: Path = Path("/var/run/docker.pid")
    data_root: Path | None = None
    exec_root: Path | None = None
    service: bool = True
    ready_timeout_s: float = 60.0

    def command(self) -> list[str]:
        """dockerd without a bridge and without packet rules: that works on machines which allow neither, leaves
        this machine's network as it was, and is enough for sandboxes (no network) and their setup (the host's)."""
        words = ["dockerd", f"--host=unix://{self.socket}", f"--pidfile={self.pid_file}"]
        if self.data_root:
            words.append(f"--data-root={self.data_root}")
        if self.exec_root:
            words.append(f"--exec-root={self.exec_root}")
        return [*words, "--iptables=false", "--ip6tables=false", "--bridge=none"]


def install_docker(report: Report) -> None:
    """Install the distribution's engine with apt-get. Raises EngineUnavailable with apt's last lines."""
    try:
        install_packages(["docker.io"], report, phase="engine")
    except EnvironmentFailed as error:
        raise EngineUnavailable(f"No Docker engine answers, and none could be installed. {error}") from error


def start_daemon(options: DaemonOptions, report: Report) -> str:
    """Start the engine and wait until it answers; returns one line on what was started and how to stop it.

    Raises EngineUnavailable with the log's last lines if it ends or stays silent.
    """
    if options.service and Path("/run/systemd/system").is_dir():
        return _start_service(options, report)
    return _start_process(options, report)


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


def _start_process(options: DaemonOptions, report: Report) -> str:
    """dockerd apart from us: in its own session, its output in the log, so that it holds no pipe of ours open."""
    report(Progress("engine", "starting dockerd"))
    options.log_file.parent.mkdir(parents=True, exist_ok=True)
    words = ""
    for _ in range(STARTS):
        process = _spawned(options)
        if _answers_in_time(options, process):
            return (
                f"Started dockerd (process {process.pid}, log {options.log_file}). It goes on running; "
                f"stop it with `kill {process.pid}`."
            )
        _end(process)
        words = _last_lines(options.log_file.read_text(errors="replace"))
        if SLOW_CONTAINERD not in words:
            break
    raise EngineUnavailable(
        "dockerd was started and did not come up. Start a Docker engine another way, or set DOCKER_HOST to one. "
        f"The last lines of {options.log_file}:\n{words}"
    )


def _spawned(options: DaemonOptions) -> "subprocess.Popen[bytes]":
    with options.log_file.open("wb") as log:
        return subprocess.Popen(
            options.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
        )


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


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])
