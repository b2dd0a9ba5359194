"""The contract of a check, and what it may look at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from agent.config.load import Loaded
from agent.config.settings import ServeSettings, Settings
from agent.serving.endpoint import named_endpoint
from agent.serving.see_to import stands_in
from agent.serving.start import machines_of
from model_runtime.doctor.base import Finding
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelRefused
from model_runtime.nano.at_hand import is_nano
from model_runtime.open import REPLAY
from model_runtime.serving.errors import NoGpus
from model_runtime.serving.gpus import Machines
from model_runtime.serving.local.look import find_running
from model_runtime.serving.local.servers import Servers

Way = Literal["endpoint", "here", "recording", "nano", "start"]
"""Where a session's model comes from: an endpoint that the settings name, a server that runs here, a recording,
the small model of this process, or a server that would have to be started first."""


@dataclass(frozen=True)
class Case:
    """Whom the doctor looks at. state: Mimosa's own folder. way, endpoint: of the model; None where there is none
    to ask yet. nano: the small model's name, where that answers. machines: the GPUs that a server would have,
    None if there are none."""

    settings: Settings
    state: Path
    servers: Servers
    way: Way
    endpoint: Endpoint | None = None
    nano: str = ""
    machines: Machines | None = None

    @property
    def needs_docker(self) -> bool:
        return self.settings.sandbox.backend == "docker"

    @property
    def starts_server(self) -> bool:
        """Whether a session would start one: there is no other model, and there are GPUs."""
        return self.way == "start" and self.machines is not None


class Check(Protocol):
    """Looks at one thing on this machine; blocks. It may raise MIMOSA_ERRORS, which count as wrong."""

    @property
    def subject(self) -> str: ...

    def look(self, case: Case) -> Iterator[Finding]: ...


def case_of(loaded: Loaded | None, state: Path) -> Case:
    """loaded: None where the settings cannot be read, and the defaults stand in for them."""
    settings, servers = loaded.settings if loaded else Settings(), Servers(state / "servers")
    if settings.model.name.startswith(REPLAY):
        return Case(settings, state, servers, "recording")
    if is_nano(settings.model.name):
        return Case(settings, state, servers, "nano", nano=settings.model.name)
    if loaded is not None and (named := _named(loaded)):
        return Case(settings, state, servers, "endpoint", named)
    if servers.running():
        found = find_running(servers.folder)
        key = settings.model.api_key.get_secret_value()
        endpoint = Endpoint(found, key, settings.model.name) if found else None
        return Case(settings, state, servers, "here", endpoint)
    if loaded is not None and stands_in(loaded):
        return Case(settings, state, servers, "nano", nano=settings.model.fallback)
    return Case(settings, state, servers, "start", machines=gpus_of(settings.serve))


def _named(loaded: Loaded) -> Endpoint | None:
    try:
        named = named_endpoint(loaded)
    except ModelRefused:
        return None  # There is no such profile: the configuration's check tells it.
    return named.endpoint if named else None


def gpus_of(settings: ServeSettings) -> Machines | None:
    try:
        return machines_of(settings)
    except NoGpus:
        return None


def spared(finding: Finding, case: Case) -> Finding:
    """A finding about what only a server to be started here needs: where none is started, it is not wrong."""
    if case.starts_server or finding.verdict == "right":
        return finding
    why = {
        "endpoint": "not needed, the settings name an endpoint",
        "here": "not needed, a server runs here",
        "recording": "not needed, a recording is played back",
        "nano": "not needed, mimosa-nano answers in this process",
        "start": "there are no GPUs to serve on",
    }
    return replace(finding, verdict="skipped", said=why[case.way], mend="")
