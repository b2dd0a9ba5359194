"""The whole of `mimosa fix`: prepare once, attempt side by side, keep the patch that the tests prefer."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from agent.config.load import Loaded
from agent.equip import model_of
from agent.errors import INTERRUPTED, MIMOSA_ERRORS
from agent.events import SessionStarted
from agent.fix.attempt import Equipment, attempt
from agent.fix.interrupts import Interrupts
from agent.fix.request import FixRequest
from agent.fix.result import FixResult
from agent.fix.watcher import Watcher
from agent.lock import FolderLock
from agent.log import FILE, read_log
from agent.place import ARCHIVE, Place, prepare_place, remove_leftovers, restore_place
from agent.store import SessionStore

PREFERENCE = ("verified", "unverified", "regressed", "no patch")


class Stopped(Exception):
    """Work was under way and came to no end. `sessions` are the ids that can be resumed."""

    def __init__(self, why: str, exit_code: int, sessions: tuple[str, ...]) -> None:
        super().__init__(why)
        self.exit_code = exit_code
        self.sessions = sessions


def fix(
    request: FixRequest, loaded: Loaded, store: SessionStore, watcher: Watcher, interrupts: Interrupts
) -> FixResult:
    """Make the fix; blocks. Raises MIMOSA_ERRORS before a session began, Stopped afterwards."""
    # First: an endpoint that does not answer is told before an image is made.
    served = interrupts.run(_served(loaded))
    folders = [store.new() for _ in range(request.attempts)]
    try:
        # Not on a thread of the event loop: a Ctrl-C has to end it at once, wherever it is.
        place = prepare_place(request.repository, loaded.settings.sandbox, folders[0], watcher.progress)
        for folder in folders[1:]:
            _share(folders[0], folder, place)
        remove_leftovers(place)
        watcher.placed(place, served)
        return interrupts.run(_attempts(request, loaded, place, folders, watcher, resumed=False))
    except (KeyboardInterrupt, *MIMOSA_ERRORS) as error:
        raise _stopped(error, folders) from error
    finally:
        _remove_unused(folders)


def resume(
    folder: Path, request: FixRequest, loaded: Loaded, watcher: Watcher, interrupts: Interrupts
) -> FixResult:
    """Go on with the session in `folder`; blocks. Raises as `fix` does."""
    FolderLock(folder).release()  # one that is in use is told before anything is started for it
    place = Place.load(folder)
    try:
        served = interrupts.run(_served(loaded))
        place = restore_place(place, loaded.settings.sandbox, folder, watcher.progress)
        remove_leftovers(place)
        watcher.placed(place, served)
        return interrupts.run(_attempts(request, loaded, place, [folder], watcher, resumed=True))
    except (KeyboardInterrupt, *MIMOSA_ERRORS) as error:
        raise _stopped(error, [folder]) from error


def start_of(folder: Path) -> SessionStarted:
    """What a session is about. Raises SessionError."""
    start = read_log(folder)[0].event
    assert isinstance(start, SessionStarted), "read_log checks it"
    return start


async def _served(loaded: Loaded) -> str:
    """The name of the model that answers. Raises ModelError if none does."""
    model = model_of(loaded)
    try:
        await model.info()
        return model.name
    finally:
        await model.close()


async def _attempts(
    request: FixRequest, loaded: Loaded, place: Place, folders: list[Path], watcher: Watcher, *, resumed: bool
) -> FixResult:
    """All attempts to their end; one that fails does not take the others along."""
    model = model_of(loaded)
    equipment = Equipment(request, loaded, place, model, watcher.streams)
    try:
        ran = await asyncio.gather(
            *(
                attempt(equipment, folder, partial(watcher.event, number), resumed=resumed)
                for number, folder in enumerate(folders, start=1)
            ),
            return_exceptions=len(folders) > 1,
        )
    finally:
        await model.close()
    return _best(ran)


def _best(ran: Sequence[FixResult | BaseException]) -> FixResult:
    """The result that the tests prefer. Raises the first error if there is no result, and any that is a defect."""
    for outcome in ran:
        if isinstance(outcome, BaseException) and not isinstance(outcome, MIMOSA_ERRORS):
            raise outcome
    results = [outcome for outcome in ran if isinstance(outcome, FixResult)]
    if not results:
        raise next(outcome for outcome in ran if isinstance(outcome, BaseException))
    return min(results, key=_rank)


def _rank(result: FixResult) -> tuple[int, int]:
    """What the tests prefer first; of equals, the smaller patch."""
    return PREFERENCE.index(result.verdict), len(result.patch)


def _share(first: Path, folder: Path, place: Place) -> None:
    """Give another attempt the same copy of the repository."""
    try:
        os.link(first / ARCHIVE, folder / ARCHIVE)
    except OSError:  # a file system without hard links
        shutil.copyfile(first / ARCHIVE, folder / ARCHIVE)
    place.save(folder)


def _stopped(error: BaseException, folders: list[Path]) -> BaseException:
    """The error as it is if no session began, else with the sessions that can go on."""
    sessions = tuple(folder.name for folder in folders if (folder / FILE).is_file())
    if isinstance(error, KeyboardInterrupt):
        return Stopped("interrupted", INTERRUPTED, sessions)
    return Stopped(str(error), getattr(error, "exit_code", 1), sessions) if sessions else error


def _remove_unused(folders: list[Path]) -> None:
    """Folders in which no session ever began hold nothing that anybody could miss."""
    for folder in folders:
        if not (folder / FILE).is_file():
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder)
