"""Fetch a model: what is missing is downloaded, several files at a time, and every file is checked."""

import shutil
import threading
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from model_runtime.weights.base import FetchFailed, Listing, RemoteFile, Report
from model_runtime.weights.digest import why_wrong
from model_runtime.weights.hub import Hub, Stopped
from model_runtime.weights.ledger import Ledger

AT_ONCE = 4
POLL_S = 0.2
SPARE = 1 << 30  # bytes that are left free on the disk


def fetch(hub: Hub, listing: Listing, ledger: Ledger, report: Report) -> Path:
    """Returns the folder that holds the files. A file that is wrong after its download is fetched once more.
    Raises FetchFailed and its kin; what is whole is kept then, also after Ctrl-C."""
    missing = [file for file in listing.files if hub.place_of(listing, file) is None]
    _check_room(hub, listing, missing)
    halt = threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_one, hub, listing, file, ledger, report, halt) for file in listing.files]
        try:
            _wait(jobs)
        finally:
            halt.set()
            for job in jobs:
                job.cancel()
    first = jobs[0].result()
    return Path(str(first).removesuffix(listing.files[0].name))


def _one(
    hub: Hub, listing: Listing, file: RemoteFile, ledger: Ledger, report: Report, halt: threading.Event
) -> Path:
    place = hub.place_of(listing, file)
    if place is not None and ledger.knows(place, file.digest):
        return place
    for anew in (False, True):
        place = hub.download(listing, file, report, halt.is_set, anew=anew)
        wrong = why_wrong(place, file, report)
        if not wrong:
            ledger.note(place, file.digest)
            return place
    raise FetchFailed(f"{place} {wrong}, also after a second download: {hub.address} hands out something else.")


def _wait(jobs: list[Future[Path]]) -> None:
    """Until all are done; raises the first failure. Short waits, so that Ctrl-C is heard."""
    pending = set(jobs)
    while pending:
        done, pending = wait(pending, timeout=POLL_S, return_when=FIRST_EXCEPTION)
        for job in done:
            with suppress(Stopped):
                job.result()


def _check_room(hub: Hub, listing: Listing, missing: list[RemoteFile]) -> None:
    """Raises FetchFailed before the first byte if the disk is too small for what is missing."""
    needed = sum(file.size for file in missing)
    place = hub.folder or _cache()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed + SPARE > free:
        raise FetchFailed(
            f"{listing.repository} needs {needed / 1e9:.1f} GB more, and {place} has {free / 1e9:.1f} GB free. "
            "Make room, set HF_HOME to a larger disk, or name a folder with --to."
        )


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)
