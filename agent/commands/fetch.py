"""`mimosa fetch`: a model's weights, downloaded or copied, and checked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from agent.commands.guard import told
from agent.errors import UsageError
from agent.state import state_folder
from model_runtime.serving.cards import find_card
from model_runtime.weights.base import FetchFailed, Moved, Report
from model_runtime.weights.fetch import fetch
from model_runtime.weights.hub import Hub
from model_runtime.weights.ledger import Ledger
from model_runtime.weights.present import check, copy, write_list


@dataclass(frozen=True)
class FetchOptions:
    """name: a profile or ORG/NAME. to: None for the hub's cache. source: a mirror's address or a folder; "" for
    the hub itself. check: nothing is fetched."""

    name: str
    to: Path | None = None
    source: str = ""
    revision: str = "main"
    check: bool = False


def run_fetch(options: FetchOptions) -> int:
    """0 if all files are there and right; prints the folder that holds them."""
    with told():
        repository = options.name if "/" in options.name else find_card(options.name).repository
        if options.check:
            folder = options.to or _cached(repository, options.revision)
            _check(folder)
        elif options.source and not options.source.startswith(("http://", "https://")):
            folder = _from_folder(Path(options.source), options.to)
        else:
            folder = _download(repository, options)
        print(folder)
    return 0


def _download(repository: str, options: FetchOptions) -> Path:
    hub = Hub(options.source, options.to)
    listing = hub.list(repository, options.revision)
    size = f"{len(listing.files)} files, {listing.size / 1e9:.1f} GB"
    print(f"{repository} at {listing.commit[:10]}: {size}, from {hub.address}", file=sys.stderr)
    with bars(listing.size) as report:
        folder = fetch(hub, listing, Ledger(state_folder() / "checked-files.json"), report)
    if options.to is not None:
        write_list(options.to, listing)
    print("every file has the size and the hash that the hub lists", file=sys.stderr)
    return folder


def _from_folder(source: Path, to: Path | None) -> Path:
    """An offline copy: checked where it is, or copied first."""
    if not source.is_dir():
        raise UsageError(f"--from {source} is neither an address nor a folder")
    if to is not None and to.resolve() != source.resolve():
        with bars(sum(each.stat().st_size for each in source.rglob("*") if each.is_file())) as report:
            copy(source, to, report)
    _check(to or source)
    print("serve it with --model-path, or as serve.model_path in your configuration", file=sys.stderr)
    return to or source


def _check(folder: Path) -> None:
    with bars(sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())) as report:
        print(check(folder, report), file=sys.stderr)


def _cached(repository: str, revision: str) -> Path:
    """The folder of the hub's cache. Raises FetchFailed."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, "config.json", revision=revision)
    if not isinstance(found, str):
        raise FetchFailed(f"{repository} is not in the cache; `mimosa fetch` downloads it, --to names a folder.")
    return Path(found).parent


@contextmanager
def bars(total: int) -> Iterator[Report]:
    """A bar for what is moved and one for what is checked; nothing where standard error is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, expand=True) as progress:
        tasks, lock = dict[str, int](), Lock()

        def report(moved: Moved) -> None:
            with lock:
                if moved.what not in tasks:
                    tasks[moved.what] = int(progress.add_task(moved.what, total=total))
            progress.advance(progress.task_ids[tasks[moved.what]], moved.count)

        yield report
