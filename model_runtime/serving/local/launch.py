"""Start a server under its supervisor so that it outlives the terminal, once a model and port."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_runtime.serving.command import LaunchCommand
from model_runtime.serving.errors import LaunchRefused, PortTaken, ServerFailed
from model_runtime.serving.local.instance import Care, Instance, name_of
from model_runtime.serving.local.preflight import check_flags, check_port, find_python
from model_runtime.serving.local.process import end, identify, is_alive
from model_runtime.serving.local.servers import Servers

# These would make a server that the state file describes wrongly.
OURS = ("--host", "--port", "--served-model-name", "--nnodes", "--node-rank")
SUPERVISOR = "model_runtime.serving.local.supervise"


@dataclass(frozen=True)
class Order:
    """What to start. model: the served name. extra: further flags of SGLang; of a repeated one the last counts."""

    model: str
    command: LaunchCommand
    python: str
    extra: tuple[str, ...] = ()
    care: Care = Care()

    @property
    def name(self) -> str:
        return name_of(self.model, self.command.port)


def launch(servers: Servers, order: Order) -> tuple[Instance, bool]:
    """The running server of this model and port, started if there is none; True if it was. It loads for minutes
    after this returns: see `wait_ready`. Raises LaunchRefused, PortTaken, ServerFailed."""
    if not sys.platform.startswith("linux"):
        raise LaunchRefused("SGLang servers are started on Linux alone; use an endpoint, with --base-url.")
    for word in order.extra:
        if word.partition("=")[0] in OURS:
            raise LaunchRefused(f"{word} cannot be given after `--`: the plan sets it (see --port, --profile).")
    with servers.lock():
        before = servers.read(order.name)
        if before is not None and is_alive(before.process):
            return before, False
        return _start(servers, order, before), True


def _start(servers: Servers, order: Order, before: Instance | None) -> Instance:
    port = order.command.port
    for other in servers.running():
        # One that still loads does not listen yet.
        if other.port == port:
            raise PortTaken(f"Port {port} is {other.name}'s. `mimosa stop {other.name}`, or take another --port.")
    check_port(port)
    python = find_python(order.python)
    argv = (*order.command.argv(python), *order.extra)
    version = check_flags(python, argv[3:], servers.folder)
    return _begin(
        servers,
        before,
        name=order.name,
        model=order.model,
        port=port,
        python=python,
        sglang=version,
        command=argv,
        care=order.care,
    )


def start_again(servers: Servers, instance: Instance) -> Instance:
    """A server that was stopped, as it was started before; the running one if there is one. Raises LaunchRefused,
    PortTaken, ServerFailed."""
    with servers.lock():
        before = servers.read(instance.name) or instance
        if is_alive(before.process):
            return before
        check_port(before.port)
        same = before.model_dump(include={"name", "model", "port", "python", "sglang", "command"})
        return _begin(servers, before, care=before.care, **same)


def _begin(servers: Servers, before: Instance | None, **about: Any) -> Instance:
    """Start the supervisor of what `about` says; it waits for the state file."""
    if before is not None:
        end(before.process, 0)  # what is left of one whose supervisor was killed
    log = servers.new_log(about["name"])
    supervisor = (sys.executable, "-m", SUPERVISOR, str(servers.folder), about["name"])
    process = identify(spawn(supervisor, log, server_environment(about["python"], os.environ)))
    if process is None:
        raise ServerFailed(f"{sys.executable} ended as soon as it was started; {log} may tell why.")
    previous = (before.ready_after_s or before.previous_s) if before else None
    instance = Instance(process=process, started_at=time.time(), previous_s=previous, **about)
    servers.write(instance)
    return instance


def spawn(argv: tuple[str, ...], log: Path, environment: Mapping[str, str]) -> int:
    """A process in a session of its own, which no terminal can end; it writes to `log` and works in its folder,
    not in the user's, whose files Python would import. A shell changes the folder and becomes the program: unlike
    subprocess, this leaves no object behind that expects to outlive its process. Returns the process id."""
    words = ("/bin/sh", "-c", 'cd -- "$0" && exec "$@"', str(log.parent), *argv)
    actions = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    )
    return os.posix_spawn(words[0], words, environment, file_actions=actions, setsid=True)


def server_environment(python: str, ours: Mapping[str, str]) -> dict[str, str]:
    """Ours without Mimosa's own settings, which may hold a key. The interpreter's folder comes first on the path:
    kernels are compiled with the `ninja` that lies there. A log that is watched must not be held back."""
    kept = {name: value for name, value in ours.items() if not name.startswith("MIMOSA_")}
    path = os.pathsep.join((str(Path(python).parent), kept.get("PATH", os.defpath)))
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1"}
