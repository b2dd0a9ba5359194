"""Wait until a server answers, and say how far it is; or say why it never will."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from model_runtime.serving.errors import ServerFailed, ServerNotReady
from model_runtime.serving.local.explain import explain, tail
from model_runtime.serving.local.health import is_ready
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.progress import Phase, Progress, StartLog
from model_runtime.serving.local.servers import Servers

PIECE = 1 << 20
LOG_SETTLES_S = 0.3  # What its children still write after the server itself has ended.


def wait_ready(
    servers: Servers,
    instance: Instance,
    *,
    limit_s: float,
    report: Callable[[Progress], None],
    poll_s: float = 0.5,
) -> Instance:
    """Blocks. Returns the instance, with the time that it took. Raises ServerFailed with the cause if it ends, and
    ServerNotReady after `limit_s` seconds: it goes on starting then."""
    deadline = time.monotonic() + limit_s
    log, reader = servers.log_of(instance.name), StartLog()
    pieces = follow(log)
    while True:
        report(reader.feed(next(pieces)))
        if not is_alive(instance.process):
            raise _failed(servers, instance, log)
        if is_ready(instance):
            report(Progress(Phase.READY, 1.0))
            return _note_ready(servers, instance)
        if time.monotonic() >= deadline:
            raise ServerNotReady(
                f"{instance.name} is not ready after {limit_s:.0f} s ({reader.progress.phase}); it goes on "
                "starting. `mimosa serve` waits again, `mimosa logs -f` shows what it does, `mimosa stop` ends it."
            )
        time.sleep(poll_s)


def follow(log: Path, *, start: int = 0) -> Iterator[str]:
    """What was written since the last time, "" if nothing, without end. A character that is cut in two becomes a
    replacement mark."""
    while not log.exists():
        yield ""
    with log.open("rb") as file:
        file.seek(start)
        while True:
            yield file.read(PIECE).decode("utf-8", "replace")


def _failed(servers: Servers, instance: Instance, log: Path) -> ServerFailed:
    time.sleep(LOG_SETTLES_S)
    now = servers.read(instance.name)
    if now is not None and now.stopped:
        return ServerFailed(f"{instance.name} was stopped before it was ready.")
    found = explain(tail(log), sglang=instance.sglang, exit_code=now.exit_code if now is not None else None)
    return ServerFailed(
        f"{instance.name} did not start: {found.text.rstrip()}\nThe whole log: mimosa logs {instance.name} ({log})"
    )


def _note_ready(servers: Servers, instance: Instance) -> Instance:
    with servers.lock():
        now = servers.read(instance.name)
        if now is None or now.process != instance.process or now.ready_after_s is not None:
            return now or instance
        noted = now.model_copy(update={"ready_after_s": round(time.time() - now.started_at, 1)})
        servers.write(noted)
        return noted
