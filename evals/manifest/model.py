"""The manifest of a run: everything that its numbers depend on, and no secret."""

from pydantic import Field

from evals.running.request import RunRequest
from model_runtime.base import Sampling
from model_runtime.messages import Frozen
from sandbox.gate.visits import Visit

MANIFEST_VERSION = 1


class ModelFacts(Frozen):
    """`endpoint` is the address without user name, password and key. `server_flags` are what the server says that
    it was started with, by name."""

    name: str
    endpoint: str = ""
    context_length: int = 0
    profile: str = ""
    sampling: Sampling = Sampling()
    server_flags: dict[str, str] = Field(default_factory=dict)


class DataSet(Frozen):
    """`name` as it was given. `sha256` is that of the chosen rows, one JSON object a line, in their order: the
    file may hold more than the run took."""

    name: str
    instances: int
    sha256: str


class GpuKind(Frozen):
    """`memory` in bytes."""

    name: str
    count: int
    memory: int


class Hardware(Frozen):
    """`memory` in bytes. `engine` is the Docker engine's version, "" if none answers."""

    machine: str = ""
    processor: str = ""
    cores: int = 0
    memory: int = 0
    kernel: str = ""
    engine: str = ""
    gpus: tuple[GpuKind, ...] = ()


class Manifest(Frozen):
    """`request` is what the user asked for, and `directory` where: it may name files from there. Times are Unix
    times, `ended_at` 0 while the run goes on. `prompts_sha256` and `tools_sha256` are those of all that the model
    is told before its first word. `images` are the digests that the instances ran in, `packages` the versions of
    what is installed, both by name. `hosts` are those of the network that agents could reach, and `visits` how
    often they asked for which."""

    version: int = MANIFEST_VERSION
    run: str
    request: RunRequest
    directory: str
    started_at: float
    ended_at: float = 0.0
    dataset: DataSet
    model: ModelFacts
    seed: int | None = None
    prompts_sha256: str
    tools_sha256: str
    images: dict[str, str] = Field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    packages: dict[str, str] = Field(default_factory=dict)
    hardware: Hardware = Hardware()
