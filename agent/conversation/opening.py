"""From "this repository, that session" to everything that a conversation works with."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from agent.config.load import Loaded
from agent.conversation.allowed import allowed_in
from agent.conversation.as_issue import as_it_was_trained
from agent.conversation.asides import Asides, RecordedAsker
from agent.conversation.equipment import Assemble, Extras, Gated, Room, bare
from agent.conversation.finding import last_here
from agent.equip import limits_of, model_of, sampling_of, thinking_characters_of, toolbox_of
from agent.fork import fork_session
from agent.guards.base import Guard
from agent.guards.standard import chat_guards
from agent.lock import FolderLock
from agent.log import read_log
from agent.means import Means
from agent.metering import Metering
from agent.permission.base import Asker, Mode
from agent.permission.permissions import Permissions
from agent.place import Place, prepare_place, remove_leftovers, restore_place
from agent.serving.front import ReportFront
from agent.serving.see_to import see_to_model
from agent.session import About, Session
from agent.store import SessionStore
from model_runtime.base import ChatModel, ServerInfo
from model_runtime.profiles import find_profile
from prompts.render import chat_prompt
from sandbox.base import Sandbox
from sandbox.progress import Progress, Report, silent
from sandbox.workspace.repository import open_repository

T = TypeVar("T")


@dataclass(frozen=True)
class Opening:
    """Which session is opened, and how.

    repository: any folder in it. session: "" for a new one, "last" for the last one of this repository that
    can go on, or an id. fork: go on with a copy of it, cut after its first `events` events (None for all).
    """

    repository: Path
    loaded: Loaded
    session: str = ""
    fork: bool = False
    events: int | None = None
    mode: Mode | None = None
    command: str = "chat"
    stream: bool = True


@dataclass(frozen=True)
class Opened:
    """What a conversation works with. `new`: nothing has been said in it yet, so that it can vanish again."""

    opening: Opening
    store: SessionStore
    repository: Path
    place: Place
    sandbox: Sandbox
    model: ChatModel
    server: ServerInfo
    session: Session
    permissions: Permissions
    extras: Extras
    metering: Metering
    new: bool


async def opened(
    opening: Opening,
    store: SessionStore,
    *,
    asker: Asker | None = None,
    assemble: Assemble = bare,
    report: Report = silent,
) -> Opened:
    """Prepare all of it: the model answers, the place is made, the sandbox runs, the session is begun or goes
    on.

    `report` is called in the event loop's thread. Raises MIMOSA_ERRORS; nothing is left behind then, or if the
    task is cancelled.
    """
    async with AsyncExitStack() as undo:
        loaded = await in_thread(lambda report: see_to_model(opening.loaded, ReportFront(report)), report)
        opening = replace(opening, loaded=loaded)
        model = model_of(opening.loaded)
        undo.push_async_callback(model.close)
        server = await model.info()  # first: an endpoint that does not answer is told before an image is made
        folder, new = _folder(opening, store)
        if new:
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
        place = await _placed(opening, folder, new, report)
        sandbox = place.new_sandbox(opening.loaded.settings.sandbox)
        undo.push_async_callback(sandbox.close)
        report(Progress("sandbox", place.about))
        await sandbox.start()
        asides = Asides()
        permissions = _permissions(opening, place, RecordedAsker(asker, asides) if asker else None)
        records = () if new else read_log(folder)
        for pattern in allowed_in(record.event for record in records):
            permissions.allow(pattern)
        repository = place.snapshot.root
        asked = as_it_was_trained(model, server, sandbox.workspace, place.test_command)
        room = Room(
            opening.loaded, repository, folder, place, sandbox, asked, server, permissions, asides, not new
        )
        extras = await assemble(room)
        undo.push_async_callback(extras.close)
        permissions.know({extra.tool.name: extra.effect for extra in extras.tools})
        means = _means(room, extras, opening.stream)
        metering = await Metering.begin(opening.loaded, model, len(records))
        undo.push_async_callback(metering.close)
        session = (
            await Session.create(folder, means, _about(room, extras, opening.command))
            if new
            else await Session.resume(folder, means)
        )
        asides.to(session.record)
        undo.pop_all()
        return Opened(
            opening,
            store,
            repository,
            place,
            sandbox,
            model,
            server,
            session,
            permissions,
            extras,
            metering,
            new,
        )


def _folder(opening: Opening, store: SessionStore) -> tuple[Path, bool]:
    """The session's folder, and whether it is a new one."""
    if not opening.session:
        return store.new(), True
    repository = open_repository(opening.repository).root
    folder = last_here(store, repository) if opening.session == "last" else store.find(opening.session)
    if opening.fork:
        return fork_session(store, folder, opening.events), False
    FolderLock(folder).release()  # one that is in use is told before anything is started for it
    return folder, False


async def _placed(opening: Opening, folder: Path, new: bool, report: Report) -> Place:
    settings = opening.loaded.settings.sandbox

    def work(report: Report) -> Place:
        if new:
            place = prepare_place(opening.repository, settings, folder, report)
        else:
            place = restore_place(Place.load(folder), settings, folder, report)
        remove_leftovers(place)
        return place

    return await in_thread(work, report)


async def in_thread(work: Callable[[Report], T], report: Report) -> T:
    """Run what blocks beside the event loop. If the task is cancelled, the work ends at its next report."""
    loop = asyncio.get_running_loop()
    left = False

    def news(progress: Progress) -> None:
        if left:
            raise _Left
        loop.call_soon_threadsafe(report, progress)

    try:
        return await asyncio.to_thread(work, news)
    finally:
        left = True


class _Left(Exception):
    """Nobody waits for the work any more."""


def _permissions(opening: Opening, place: Place, asker: Asker | None) -> Permissions:
    settings = opening.loaded.settings.permission
    walls = place.backend != "local"
    mode = opening.mode or settings.mode
    return Permissions(mode, asker, allow=settings.allow, deny=settings.deny, walls=walls)


def _means(room: Room, extras: Extras, stream: bool) -> Means:
    settings = room.loaded.settings
    thinking = thinking_characters_of(settings.limits)

    def guards() -> tuple[Guard, ...]:
        return (*chat_guards(thinking), *extras.guards())

    return Means(
        model=room.model,
        server=room.server,
        sandbox=room.sandbox,
        toolbox=toolbox_of(
            settings.sandbox, room.sandbox, room.server, tuple(extra.tool for extra in extras.tools)
        ),
        sampling=sampling_of(room.loaded, room.server),
        threshold=settings.compaction.threshold,
        limits=limits_of(settings.limits),
        guards=guards,
        approve=Gated(extras.gates, room.permissions),
        stream=stream,
    )


def _about(room: Room, extras: Extras, command: str) -> About:
    head = chat_prompt(
        date.today(),
        find_profile(room.server.profile).identity,
        workspace=room.sandbox.workspace,
        test_command=room.place.test_command,
    )
    return About(
        command=command,
        task="",
        repository=str(room.repository),
        commit=room.place.snapshot.head,
        sandbox=room.place.about,
        system="\n\n".join(filter(None, (head, extras.head))),
    )
