"""The whole list, one check after the other. The command line and the chat show what it yields."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from agent.config.load import Loaded, load_settings
from agent.doctor.base import Case, Check, case_of
from agent.doctor.configuration import ConfigurationCheck
from agent.doctor.disk import DiskCheck
from agent.doctor.endpoint import look_at_endpoint
from agent.doctor.engine import EngineCheck
from agent.doctor.git import GitCheck
from agent.doctor.gpus import GpuCheck
from agent.doctor.image import ImageCheck
from agent.doctor.ports import PortCheck
from agent.doctor.python import PythonCheck
from agent.doctor.sglang import SglangCheck
from agent.doctor.weights import WeightsCheck
from agent.errors import MIMOSA_ERRORS, UsageError
from agent.state import state_folder
from model_runtime.doctor.base import Finding


async def diagnose(
    repository: Path | None, environment: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> AsyncGenerator[Finding]:
    """Look at everything that a session in `repository` (its top folder) would need, outside any if None. Yields
    each finding when it is made; takes seconds, and as long as the model takes for ten short requests."""
    loaded, error = _settings(repository, environment, flags)
    case = await asyncio.to_thread(case_of, loaded, state_folder(environment))
    for check in checks(loaded, error):
        for finding in await asyncio.to_thread(_look, check, case):
            yield finding
    async for finding in look_at_endpoint(case):
        yield finding


def checks(loaded: Loaded | None, error: UsageError | None) -> tuple[Check, ...]:
    """In the order in which they are told: what the later ones need comes first."""
    return (
        PythonCheck(),
        ConfigurationCheck(loaded, error),
        GitCheck(),
        EngineCheck(),
        ImageCheck(),
        DiskCheck(),
        GpuCheck(),
        SglangCheck(),
        WeightsCheck(),
        PortCheck(),
    )


def _settings(
    repository: Path | None, environment: Mapping[str, str], flags: Mapping[str, object] | None
) -> tuple[Loaded | None, UsageError | None]:
    try:
        return load_settings(repository, environment, flags), None
    except UsageError as error:
        return None, error


def _look(check: Check, case: Case) -> list[Finding]:
    """A check that cannot be made is a finding, and the others go on."""
    try:
        return list(check.look(case))
    except MIMOSA_ERRORS as error:
        said, _, todo = str(error).partition("\n")
        return [Finding(check.subject, "wrong", said, todo)]
