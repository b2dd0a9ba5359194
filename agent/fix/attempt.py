"""One attempt: a session in a sandbox, its patch, and the verdict on it."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agent.config.load import Loaded
from agent.equip import limits_of, sampling_of, thinking_characters_of, toolbox_of
from agent.events import BaseEvent, Record, Replied, SessionEnded, TurnEnded, UserSaid, VerificationStep, Verified
from agent.export.summary import summarize
from agent.fix.request import FixRequest
from agent.fix.result import Cost, FixResult
from agent.fix.verify import verify
from agent.guards.base import Guard
from agent.guards.standard import fix_guards
from agent.log import read_log
from agent.means import Means
from agent.metering import Metering, figures_in
from agent.place import ARCHIVE, Place
from agent.session import About, Session
from model_runtime.base import ChatModel
from model_runtime.profiles import find_profile
from prompts.render import fix_prompt, system_prompt
from sandbox.base import Sandbox

PATCH = "patch.diff"
"""The name of the patch in the session's folder."""

Show = Callable[[BaseEvent], None]


@dataclass(frozen=True)
class Equipment:
    """What all attempts share."""

    request: FixRequest
    loaded: Loaded
    place: Place
    model: ChatModel
    streams: bool


async def attempt(equipment: Equipment, folder: Path, show: Show, *, resumed: bool) -> FixResult:
    """Work in a new sandbox until the model stops, and verify what came of it.

    `folder` is the session's; with `resumed` it holds one that goes on. Raises MIMOSA_ERRORS and CancelledError;
    the session can be resumed after either.
    """
    finished = resumed and _has_finished(folder)  # it was stopped while the tests ran
    sandbox = equipment.place.new_sandbox(equipment.loaded.settings.sandbox)
    try:
        await sandbox.start()
        means = await _means(equipment, sandbox)
        begin = (
            Session.resume(folder, means) if resumed else Session.create(folder, means, _about(equipment, means))
        )
        session = await begin
        metering = await Metering.begin(equipment.loaded, equipment.model, len(read_log(folder)))
        try:
            if not finished:
                await _work(session, equipment, sandbox, show)
            if (measured := await metering.measured(read_log(folder))) is not None:
                show(session.record(measured))
            patch = await sandbox.diff()
            await sandbox.close()  # before the tests run elsewhere: memory and processors are theirs now
            result = await _judged(session, patch, equipment, show)
        finally:
            await metering.close()
            await session.close()
    finally:
        await sandbox.close()
    if result.ended == "finished":
        (folder / ARCHIVE).unlink(missing_ok=True)
    return result


async def _judged(session: Session, patch: bytes, equipment: Equipment, show: Show) -> FixResult:
    """Keep the patch, verify it, and bring the session to its end."""
    (session.folder / PATCH).write_bytes(patch)
    if patch:
        show(session.record(await _verified(patch, equipment, show)))
    result = _result(session.folder, patch)
    show(session.record(_ended(result)))
    return result


async def _means(equipment: Equipment, sandbox: Sandbox) -> Means:
    server = await equipment.model.info()
    settings = equipment.loaded.settings

    def guards() -> tuple[Guard, ...]:
        thinking = thinking_characters_of(settings.limits)
        return fix_guards(sandbox.diff, equipment.place.test_command, thinking)

    return Means(
        model=equipment.model,
        server=server,
        sandbox=sandbox,
        toolbox=toolbox_of(settings.sandbox, sandbox, server),
        sampling=sampling_of(equipment.loaded, server),
        threshold=settings.compaction.threshold,
        limits=limits_of(settings.limits),
        guards=guards,
        stream=equipment.streams,
    )


def _about(equipment: Equipment, means: Means) -> About:
    snapshot = equipment.place.snapshot
    return About(
        command="fix",
        task=equipment.request.task,
        repository=str(snapshot.root),
        commit=snapshot.head,
        sandbox=equipment.place.about,
        system=system_prompt(date.today(), find_profile(means.server.profile).identity),
    )


async def _work(session: Session, equipment: Equipment, sandbox: Sandbox, show: Show) -> None:
    """The turn. A resumed session goes on where it was, or begins if it was killed before its task was said."""
    place = equipment.place
    text = "" if session.begun else fix_prompt(equipment.request.task, sandbox.workspace, place.test_command)
    async with aclosing(session.turn(text, must_finish=True)) as events:
        async for event in events:
            show(event)


async def _verified(patch: bytes, equipment: Equipment, show: Show) -> Verified:
    settings = equipment.loaded.settings.sandbox
    return await verify(
        patch,
        new_sandbox=lambda: equipment.place.new_sandbox(settings),
        test_command=equipment.place.test_command,
        timeout=equipment.request.test_timeout_s,
        say=lambda text: show(VerificationStep(text=text)),
    )


def _has_finished(folder: Path) -> bool:
    end = last_end(read_log(folder))
    return end is not None and end.reason == "finished"


def last_end(records: Sequence[Record]) -> TurnEnded | None:
    """How the last turn ended; None if it has not, or something was said or done since."""
    for record in reversed(records):
        if isinstance(record.event, TurnEnded):
            return record.event
        if isinstance(record.event, UserSaid | Replied):
            return None
    return None


def _result(folder: Path, patch: bytes) -> FixResult:
    records = read_log(folder)
    summary, end = summarize(records), last_end(records)
    assert end is not None, "a turn that raises nothing has ended"
    return FixResult(
        session=folder.name,
        session_folder=folder,
        model=summary.started.model,
        base_commit=summary.started.commit,
        ended=end.reason,
        summary=end.detail,
        patch=patch.decode("utf-8", errors="replace"),
        verification=summary.verified if patch else None,
        cost=Cost.of(summary, records),
        server=figures_in(records),
    )


def _ended(result: FixResult) -> SessionEnded:
    return SessionEnded(exit_code=result.exit_code, summary=result.summary, patch=result.patch)
