"""One session at an instance: the same loop, tools and sandbox as everywhere, without anybody to watch it."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agent.config.load import Loaded
from agent.equip import limits_of, sampling_of, thinking_characters_of, toolbox_of
from agent.events import BaseEvent, TurnEnded
from agent.guards.base import Guard
from agent.guards.standard import fix_guards
from agent.log import read_log
from agent.means import Means
from agent.metering import Metering
from agent.session import About, Session
from evals.running.base import Prepared
from model_runtime.base import ChatModel
from model_runtime.profiles import find_profile
from prompts.render import fix_prompt, system_prompt
from sandbox.base import Sandbox
from sandbox.gate.gate import Gate

Hear = Callable[[BaseEvent], None]


@dataclass(frozen=True)
class SessionWork:
    """What a session needs. `sandbox` is started, and `gate` its way out, if it has one."""

    prepared: Prepared
    loaded: Loaded
    model: ChatModel
    sandbox: Sandbox
    gate: Gate | None = None


async def work(given: SessionWork, folder: Path, hear: Hear) -> TurnEnded:
    """Let the model work until it stops; its log is in `folder`, which must be there. The sandbox stays.
    Raises MIMOSA_ERRORS; whatever is raised, the last state of the files is recorded if that was possible."""
    place = given.prepared.place
    means = await _means(given)
    session = await Session.create(folder, means, _about(given, means))
    metering = await Metering.begin(given.loaded, given.model, 0)
    text = fix_prompt(
        given.prepared.instance.problem_statement,
        given.sandbox.workspace,
        place.test_command,
        hosts=str(given.gate.allow) if given.gate is not None else "",
    )
    ended = TurnEnded(reason="interrupted")
    try:
        async with aclosing(session.turn(text, must_finish=True)) as events:
            async for event in events:
                hear(event)
                if isinstance(event, TurnEnded):
                    ended = event
        if (measured := await metering.measured(read_log(folder))) is not None:
            hear(session.record(measured))
    finally:
        session.leave()
        await metering.close()
    return ended


async def _means(given: SessionWork) -> Means:
    server = await given.model.info()
    settings = given.loaded.settings

    def guards() -> tuple[Guard, ...]:
        thinking = thinking_characters_of(settings.limits)
        return fix_guards(given.sandbox.diff, given.prepared.place.test_command, thinking)

    return Means(
        model=given.model,
        server=server,
        sandbox=given.sandbox,
        toolbox=toolbox_of(settings.sandbox, given.sandbox, server),
        sampling=sampling_of(given.loaded, server),
        threshold=settings.compaction.threshold,
        limits=limits_of(settings.limits),
        guards=guards,
    )


def _about(given: SessionWork, means: Means) -> About:
    instance, place = given.prepared.instance, given.prepared.place
    return About(
        command="eval",
        task=instance.problem_statement,
        repository=instance.repo,
        commit=instance.base_commit,
        sandbox=place.about_with(given.gate),
        system=system_prompt(date.today(), find_profile(means.server.profile).identity),
    )
