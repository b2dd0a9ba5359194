"""All probes of one endpoint, one after the other."""

from collections.abc import AsyncGenerator

from model_runtime.doctor.acceptance import AcceptanceProbe
from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding, Probe
from model_runtime.doctor.calls import CallsProbe
from model_runtime.doctor.history import HistoryProbe
from model_runtime.doctor.prefix_cache import PrefixCacheProbe
from model_runtime.doctor.reach import SUBJECT, tell_met
from model_runtime.doctor.thinking import ThinkingProbe
from model_runtime.errors import ModelError
from model_runtime.retry import AttemptFailed

PROBES: tuple[Probe, ...] = (
    ThinkingProbe(),
    CallsProbe(),
    HistoryProbe(),
    PrefixCacheProbe(),
    AcceptanceProbe(),
)


async def examine(asker: Asker) -> AsyncGenerator[Finding]:
    """Yields each finding when it is made; about ten requests. No answer is a finding too."""
    try:
        await asker.meet()
    except ModelError as error:
        yield Finding(SUBJECT, "wrong", *_parted(error))
        for subject in (subject for probe in PROBES for subject in probe.subjects):
            yield Finding(subject, "skipped", "there is no endpoint to ask")
        return
    for finding in tell_met(asker):
        yield finding
    for probe in PROBES:
        for finding in await _look(probe, asker):
            yield finding


async def _look(probe: Probe, asker: Asker) -> tuple[Finding, ...]:
    try:
        return await probe.look(asker)
    except (ModelError, AttemptFailed) as error:
        said, mend = _parted(error)
        rest = (Finding(each, "skipped", "the request before it failed") for each in probe.subjects[1:])
        return (Finding(probe.subjects[0], "wrong", f"the request failed: {said}", mend), *rest)


def _parted(error: Exception) -> tuple[str, str]:
    """What happened and what to do, which are lines of their own in a message."""
    said, _, todo = str(error).partition("\n")
    return said, todo
