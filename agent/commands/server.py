"""`mimosa status`, `mimosa logs`, `mimosa stop`: the model servers that `mimosa serve` started, and the
endpoint that the settings name."""

import json as json_format
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rich.console import Console

from agent.commands.guard import told
from agent.config import Loaded, load_settings
from agent.errors import UsageError
from agent.serving.endpoint import named_endpoint
from agent.serving.remote import Seen as SeenElsewhere
from agent.serving.remote import endpoint_json, look_at, show_endpoint
from agent.serving.see_to import LARGER, stands_in
from agent.state import servers_folder
from model_runtime.nano.at_hand import find_checkpoint, is_nano
from model_runtime.serving.local.health import load_of
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.look import Seen, look
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.ready import follow
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.local.show import show_servers
from model_runtime.serving.local.stop import stop

NONE_READY = 75
POLL_S = 0.3
TAIL_BYTES = 1_000_000


def run_status(flags: Mapping[str, object], *, json: bool) -> int:
    """The servers of this machine, and the endpoint or the small model that the settings mean. 0 if one of them
    can be asked, else 75."""
    with told():
        servers = Servers(servers_folder())
        seen = tuple(look(servers, each) for each in servers.all())
        loaded = load_settings(None, os.environ, flags)
        named = named_endpoint(loaded)
        elsewhere = look_at(named) if named is not None else None
        nano = _nano(loaded)
        if json:
            there = [endpoint_json(elsewhere)] if elsewhere is not None else []
            own = [{"kind": "nano", "name": nano, "state": "ready"}] if nano else []
            print(json_format.dumps([*(_as_json(servers, each) for each in seen), *there, *own], indent=1))
        else:
            _show(seen, elsewhere, nano, Console(highlight=False))
    ready = any(each.state == "ready" for each in seen) or (elsewhere is not None and elsewhere.answers)
    return 0 if ready or nano else NONE_READY


def _nano(loaded: Loaded) -> str:
    """The name of the small model, where that would answer; "" where it would not."""
    name = loaded.settings.model.name
    if is_nano(name):
        return name if find_checkpoint(name) else ""
    return loaded.settings.model.fallback if stands_in(loaded) else ""


def _show(seen: tuple[Seen, ...], elsewhere: SeenElsewhere | None, nano: str, console: Console) -> None:
    show_servers(seen, console, time.time())
    if elsewhere is not None:
        show_endpoint(elsewhere, console)
    elif nano:
        console.print(
            f"{nano}  answers in this process, for small bugs only; {LARGER}", soft_wrap=True, markup=False
        )
    elif not seen:
        print("no server was started here yet; `mimosa serve` starts one")


def run_logs(name: str | None, lines: int, *, follows: bool) -> int:
    """The log's last lines; with `follows` until the server ends, or Ctrl-C."""
    with told():
        servers = Servers(servers_folder())
        instance = servers.find(name)
        log = servers.log_of(instance.name)
        size = log.stat().st_size if log.exists() else 0
        start = max(0, size - TAIL_BYTES)
        pieces = follow(log, start=start)
        text = next(pieces)
        print("\n".join(text.replace("\r", "\n").splitlines()[-lines:]), flush=True)
        if not follows:
            return 0
        try:
            _follow(instance, pieces)
        except KeyboardInterrupt:
            return 0  # The ordinary way out.
    return 0


def run_stop(name: str | None, *, yes: bool) -> int:
    with told():
        servers = Servers(servers_folder())
        instance = servers.find(name)
        if not is_alive(instance.process):
            print(f"{instance.name} does not run")
            stop(servers, instance)
            return 0
        load = load_of(instance)
        if load is not None and load.requests and not yes and not _agreed(instance, load.requests):
            print("not stopped")
            return 1
        print(f"stopping {instance.name}", file=sys.stderr)
        stop(servers, instance)
        print(f"{instance.name} is stopped")
    return 0


def _agreed(instance: Instance, requests: int) -> bool:
    what = f"{requests} request{'s' if requests > 1 else ''} of {instance.name}"
    if not sys.stdin.isatty():
        raise UsageError(f"{what} would be cut off; --yes stops it all the same")
    return input(f"{what} would be cut off. Stop it? [y/N] ").strip().lower() in ("y", "yes")


def _follow(instance: Instance, pieces: Iterator[str]) -> None:
    while True:
        alive = is_alive(instance.process)
        text = next(pieces)
        sys.stdout.write(text)
        sys.stdout.flush()
        if not alive and not text:
            return
        if not text:
            time.sleep(POLL_S)


def _as_json(servers: Servers, seen: Seen) -> dict[str, object]:
    instance = seen.instance
    return {
        "kind": "local",
        "name": instance.name,
        "model": instance.model,
        "state": seen.state,
        "base_url": instance.base_url,
        "pid": instance.process.pid,
        "server_pid": instance.server.pid if instance.server else None,
        "crashes": [crash.model_dump() for crash in instance.crashes],
        "sglang": instance.sglang,
        "started_at": instance.started_at,
        "ready_after_s": instance.ready_after_s,
        "phase": seen.progress.phase if seen.progress else None,
        "fraction": seen.progress.fraction if seen.progress else None,
        "load": asdict(seen.load) if seen.load else None,
        "why": asdict(seen.why) if seen.why else None,
        "log": str(servers.log_of(instance.name)),
        "command": instance.command,
    }
