"""What the servers of this machine are doing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model_runtime.serving.local.explain import Explanation, explain, tail
from model_runtime.serving.local.health import PATIENCE_S, Load, is_listening, is_ready, load_of
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import boot_id, is_alive
from model_runtime.serving.local.progress import Progress, StartLog
from model_runtime.serving.local.servers import Servers

State = Literal["ready", "starting", "restarting", "silent", "stopped", "died", "gone"]


@dataclass(frozen=True)
class Seen:
    """state: starting; restarting after a crash; ready; silent (it was ready, its process lives, it does not
    answer); stopped by request or because it was idle; died; gone with a restart of the machine. load: of a ready
    one, None if it does not tell. progress: of a starting one. why: of a dead one."""

    instance: Instance
    state: State
    load: Load | None = None
    progress: Progress | None = None
    why: Explanation | None = None


def look(servers: Servers, instance: Instance, patience_s: float = PATIENCE_S) -> Seen:
    """Asks the server; `patience_s` is for one that is silent or busy."""
    if is_alive(instance.process):
        return _look_at_living(servers, instance, patience_s)
    if instance.stopped:
        return Seen(instance, "stopped")
    if instance.process.boot != boot_id():
        return Seen(instance, "gone")
    log = tail(servers.log_of(instance.name))
    why = explain(log, sglang=instance.sglang, exit_code=instance.exit_code)
    return Seen(instance, "died", why=why)


def find_running(folder: Path) -> str | None:
    """The base URL of a server that was ready and still listens, the newest if there are several; None if there
    is none. `folder`: `servers` in the state directory."""
    return next((each.base_url for each in Servers(folder).running() if _takes_requests(each)), None)


def _takes_requests(instance: Instance) -> bool:
    """Nobody may have waited until it was ready; one that was is not asked to generate, since it may be busy."""
    return is_listening(instance) if instance.ready_after_s is not None else is_ready(instance)


def _look_at_living(servers: Servers, instance: Instance, patience_s: float) -> Seen:
    if is_ready(instance, patience_s):
        return Seen(instance, "ready", load=load_of(instance))
    if instance.ready_after_s is not None:
        return Seen(instance, "silent")
    progress = StartLog().feed(tail(servers.log_of(instance.name)))
    return Seen(instance, "restarting" if instance.crashes else "starting", progress=progress)
