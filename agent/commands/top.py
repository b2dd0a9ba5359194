"""`mimosa top`: what the model's server is doing, now and now and now."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from rich.console import Console
from rich.live import Live

from agent.commands.guard import told
from agent.config import load_settings
from agent.serving.endpoint import endpoint_of
from agent.serving.top_screen import figures, line, screen
from agent.state import servers_folder
from model_runtime.endpoint import Endpoint
from model_runtime.metrics.gpus import Gpus
from model_runtime.metrics.reader import MetricsReader
from model_runtime.metrics.watch import ServerWatch, View
from model_runtime.serving.errors import NoServer
from model_runtime.serving.local.recovery import LocalRecovery
from model_runtime.serving.local.servers import Servers

SILENT = 75


@dataclass(frozen=True)
class TopOptions:
    """every_s: between two looks. once: one look. json: a JSON object a look."""

    every_s: float = 2.0
    once: bool = False
    json: bool = False


def run_top(options: TopOptions, flags: Mapping[str, object]) -> int:
    """Until Ctrl-C. With `once` 0 if the server tells something, else 75."""
    with told():
        endpoint = _endpoint(flags)
        try:
            return asyncio.run(_watch(endpoint, options, Console(highlight=False)))
        except KeyboardInterrupt:
            return 0  # The ordinary way out.


def _endpoint(flags: Mapping[str, object]) -> Endpoint:
    """What the settings name, a server that is ready here, or one that is about to be. Raises NoServer."""
    found = endpoint_of(load_settings(None, os.environ, flags))
    if found is not None:
        return found
    for instance in Servers(servers_folder()).running():
        return Endpoint(instance.base_url)
    raise NoServer(
        "No server to look at: none runs here, and no endpoint is set.\n"
        "  on a machine with GPUs: `mimosa serve` starts one\n"
        "  anywhere:               `mimosa top --base-url http://HOST:30000/v1`"
    )


async def _watch(endpoint: Endpoint, options: TopOptions, console: Console) -> int:
    reader = MetricsReader(endpoint)
    gpus = Gpus() if endpoint.is_loopback() else None
    watch = ServerWatch(reader, gpus)
    try:
        if options.once:
            view = await watch.look()
            _print(endpoint, view, options, console, whole=True)
            return 0 if view.reading is not None else SILENT
        if options.json or not console.is_terminal:
            while True:
                _print(endpoint, await watch.look(), options, console, whole=False)
                await asyncio.sleep(options.every_s)
        await _live(endpoint, watch, options, console)
    finally:
        await reader.close()
        if gpus is not None:
            gpus.close()


async def _live(endpoint: Endpoint, watch: ServerWatch, options: TopOptions, console: Console) -> NoReturn:
    recovery = LocalRecovery(Servers(servers_folder()), endpoint.base_url, revive=False)
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            view = await watch.look()
            news = recovery.news() if view.reading is None else None
            live.update(screen(endpoint.shown(), view, news), refresh=True)
            await asyncio.sleep(options.every_s)


def _print(endpoint: Endpoint, view: View, options: TopOptions, console: Console, *, whole: bool) -> None:
    if options.json:
        print(json.dumps({"endpoint": endpoint.shown(), **figures(view)}), flush=True)
    elif whole:
        console.print(screen(endpoint.shown(), view))
    else:
        print(line(view), flush=True)
