"""`mimosa bench serve`: one server, or two side by side, measured with recorded sessions."""

import asyncio
import json as json_format
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.bench.measure import Bench, ServerBench
from agent.bench.recording import SHIPPED, Recording, read_recording
from agent.bench.report import HEAD, level_rows, machine, page, remarks
from agent.commands.guard import told
from agent.config import Loaded, load_settings
from agent.equip import model_of, sampling_of
from agent.errors import UsageError
from agent.log import FILE
from agent.serving.embedded import see_to_server
from agent.serving.endpoint import endpoint_of
from agent.serving.without import without_drafts
from agent.store import SessionStore
from model_runtime.errors import ModelUnavailable
from model_runtime.metrics.gpus import Gpus
from model_runtime.metrics.reader import MetricsReader


@dataclass(frozen=True)
class BenchOptions:
    """levels: sessions side by side. recordings: session ids or log files; none for the shipped one. steps: the
    most requests a session. against: another endpoint to measure beside; compare: this machine's own server,
    started once more without drafts. out: a Markdown file."""

    levels: tuple[int, ...]
    recordings: tuple[str, ...] = ()
    steps: int | None = None
    against: str = ""
    compare: bool = False
    json: bool = False
    out: Path | None = None


def run_bench(options: BenchOptions, flags: Mapping[str, object]) -> int:
    with told():
        if options.against and options.compare:
            raise UsageError("--against names another server, --compare starts one: give one of them")
        recordings = [_recording(each, options.steps) for each in options.recordings]
        loaded = load_settings(None, os.environ, flags)
        see_to_server(loaded)
        measured = [_measure("with drafts" if options.compare else "server", loaded, recordings, options)]
        if options.against:
            other = load_settings(None, os.environ, {**flags, "model.base_url": options.against})
            measured.append(_measure("the other", other, recordings, options))
        if options.compare:
            with without_drafts(loaded) as base_url:
                other = load_settings(None, os.environ, {**flags, "model.base_url": base_url})
                measured.append(_measure("without drafts", other, recordings, options))
        _tell(measured, options)
    return 0


def _recording(name: str, steps: int | None) -> Recording:
    """A log file, or a session by its id."""
    path = Path(name)
    return read_recording(path if path.is_file() else SessionStore.of_user().find(name) / FILE, steps)


def _measure(name: str, loaded: Loaded, recordings: list[Recording], options: BenchOptions) -> ServerBench:
    return asyncio.run(_run(name, loaded, recordings or [read_recording(SHIPPED, options.steps)], options))


async def _run(name: str, loaded: Loaded, recordings: list[Recording], options: BenchOptions) -> ServerBench:
    endpoint = endpoint_of(loaded)
    if endpoint is None:
        raise ModelUnavailable("A recording cannot be measured: name an endpoint with --base-url.")
    model, reader = model_of(loaded), MetricsReader(endpoint)
    try:
        sampling = sampling_of(loaded, await model.info())
        bench = Bench(recordings, options.levels, sampling, lambda line: print(line, file=sys.stderr))
        return await bench.run(name, model, reader)
    finally:
        await model.close()
        await reader.close()


def _tell(measured: list[ServerBench], options: BenchOptions) -> None:
    gpus = Gpus()
    where = machine([gpu.name for gpu in gpus.read()])
    gpus.close()
    if options.out is not None:
        options.out.write_text(page(measured, where), encoding="utf-8")
        print(f"written to {options.out}", file=sys.stderr)
    if options.json:
        print(json_format.dumps([each.model_dump(mode="json") for each in measured], indent=1))
        return
    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for column in HEAD:
        table.add_column(column, justify="left" if column == "server" else "right")
    for row in level_rows(measured):
        table.add_row(*row)
    console.print(table)
    for line in remarks(measured):
        console.print(line, soft_wrap=True)
