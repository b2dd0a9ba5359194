"""Every setting: its name, type, default and meaning. `docs/configuration.md` says the same; a test compares."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr

from model_runtime.messages import Frozen


@dataclass(frozen=True)
class Expected:
    """What a right value looks like, in words, where the type alone does not tell."""

    words: str


WebAddress = Annotated[
    str, Field(pattern=r"^(https?://\S+)?$"), Expected("an address that starts with http:// or https://")
]
# A repository may set these, and they are looked for in the user's own folder too, beside the user's keys.
MarkdownNames = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[^/\x00]+\.md$")], ...], Expected("a list of file names that end in .md")
]
OwnModel = Annotated[str, Field(pattern=r"^(none|nano|nano:.+)$"), Expected("none, nano, or nano:FOLDER")]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[int, Field(ge=1)]
OrNone = Annotated[int, Field(ge=0)]


class Section(Frozen):
    """One table of the configuration file. The text under a field is its documentation."""

    model_config = ConfigDict(use_attribute_docstrings=True, allow_inf_nan=False)


class ModelSettings(Section):
    """Which model answers, where, and how it is asked."""

    base_url: WebAddress = ""
    """Root of a chat-completions API, such as `http://127.0.0.1:30000/v1`, where a local SGLang listens."""
    name: str = ""
    """Model to ask for; empty for the only one that is served. `replay:FILE` plays a recorded session back, `nano`
    and `nano:FOLDER` run in this process."""
    fallback: OwnModel = "nano"
    """What answers where no model is named, none is served and none can be: `nano`, `nano:FOLDER`, or `none`."""
    profile: str = ""
    """How the model wants to be spoken to; empty to choose by its name."""
    api_key: SecretStr = SecretStr("")
    """Sent as a bearer token. From `MIMOSA_API_KEY` alone; use `api_key_file` to keep it on disk."""
    api_key_file: Path | None = None
    """A file with the key alone in it, readable by nobody else (mode 600). Relative to the file that names it."""
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    """Sampling temperature; empty for the profile's."""
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    """Tokens are drawn from the most likely ones that add up to this probability; empty for the profile's."""
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    """Most tokens in one reply, thinking included; empty for the profile's."""
    silence_s: Annotated[float, Field(gt=0)] = 900.0
    """Seconds that a stream may say nothing before the request counts as broken: a long prompt takes minutes."""
    whole_s: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds that an answer may take that is not streamed."""
    attempts: Positive = 6
    """How often a request is tried in all if it fails for a passing reason."""


class ServeSettings(Section):
    """The model's server on this machine: `mimosa serve` starts it, and so do commands that need it."""

    profile: str = "mimo-v2-flash"
    """Model to serve where none is named: a profile's name, see `mimosa models`."""
    model_path: str = ""
    """A Hugging Face folder to serve instead of a profile's model."""
    gpus: str = ""
    """GPUs to plan for, such as `8xH200`; empty for those of this machine."""
    flags: tuple[str, ...] = ()
    """Further flags of SGLang, a word each; of a repeated flag the last counts."""
    python: str = ""
    """Interpreter that has SGLang; empty for Mimosa's own."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 30_000
    """Where the server listens, on this machine alone."""
    start: Literal["ask", "always", "never"] = "ask"
    """Whether a command that needs a model may start the server: `ask` asks once on a terminal, and remembers."""
    wait_s: Annotated[float, Field(ge=0)] = 3600.0
    """Seconds to wait until a server is ready."""
    restarts: OrNone = 5
    """How often a crashed server is started again within an hour; 0 for never."""
    idle_minutes: Annotated[float, Field(ge=0)] = 0.0
    """Minutes without a request after which a server stops by itself; 0 for never."""


class SandboxSettings(Section):
    """Where commands run, and what they may use."""

    backend: Literal["docker", "local"] = "docker"
    """`docker` isolates. `local` runs commands on this machine, as you, with no isolation at all."""
    image: str = ""
    """Image to start from; empty to use the repository's own description or the base image."""
    dockerfile: str = ""
    """Dockerfile to build the image from, relative to the repository; `image` comes first if both are set."""
    setup: tuple[str, ...] = ()
    """Commands that prepare the image once, with the network on. The result is kept and used again."""
    test: str = ""
    """Command that runs the tests; empty to find it out from the repository."""
    network: Literal["none"] = "none"
    """Network of the agent's commands. There is none."""
    runtime: str = ""
    """Container runtime, such as `runsc` for gVisor; empty for the engine's default."""
    memory_mb: Annotated[int, Field(ge=64)] = 4096
    """Memory of all commands together, in MiB; no swap beyond it."""
    cpus: Annotated[float, Field(gt=0)] = 2.0
    """Processors that the commands may keep busy."""
    pids: Annotated[int, Field(ge=16)] = 512
    """Most processes and threads at once."""
    max_file_mb: Positive = 1024
    """Largest single file that a command may write, in MiB."""
    max_copy_mb: Positive = 100
    """Largest single file of the repository that is copied into the sandbox, in MB; larger ones stay outside."""
    history: OrNone = 50
    """Newest commits of the repository's history that the model can see; 0 for all."""
    command_timeout_s: Positive = 600
    """Seconds that a command may take if the model does not say."""
    command_timeout_max_s: Positive = 3600
    """Seconds that a command may take at most, whatever the model says."""
    background_after_s: Positive = 60
    """Seconds after which a command that still runs goes on in the background, as a job."""


class LimitSettings(Section):
    """When to stop. 0 is no limit."""

    steps: OrNone = 200
    """Replies of the model in one session."""
    tokens: OrNone = 0
    """Tokens of all requests and replies together."""
    seconds: OrNone = 3600
    """Wall time, in seconds."""
    model_seconds: OrNone = 0
    """Time spent waiting for the model, in seconds."""
    thinking_tokens: OrNone = 20_000
    """Tokens of thinking in one reply."""


class CompactionSettings(Section):
    """When a long history is replaced by a summary."""

    threshold: Share = 0.6
    """Share of the model's context that may be full before the history is summed up."""


class KnowledgeSettings(Section):
    """What the model is told of the project and of you before the first word. Not for `fix` and `eval`."""

    files: MarkdownNames = ("AGENTS.md", "CLAUDE.md")
    """Names of the files with instructions; of several in one folder the first counts. Empty for none."""
    kilobytes: OrNone = 32
    """Most of all those files together, in kB; what is beyond is named, and the model can read it."""
    skills: bool = True
    """Whether skills are offered to the model."""


class ToolSettings(Section):
    """Tools beside those that the model was trained on. Not for `fix` and `eval`."""

    todo: bool = True
    """The list of what is to be done, which the model keeps and you see."""
    plan: bool = True
    """The tool with which the model presents its plan, in plan mode."""
    task: bool = True
    """The tool that gives a piece of work to a fresh context."""
    task_steps: Positive = 60
    """Most replies of the model in one such piece of work."""
    task_seconds: Positive = 1800
    """Most seconds that it may take."""
    mcp_start_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    """Seconds that an MCP server may take to answer at the start; one that is later is left out of the session."""
    mcp_call_s: Annotated[float, Field(gt=0)] = 120.0
    """Seconds that a call of an MCP server's tool may take, if the server's own table does not say."""


class PermissionSettings(Section):
    """What the agent may do without asking, in a conversation."""

    mode: Literal["read-only", "ask", "auto"] = "ask"
    """`read-only`: it only reads. `ask`: what changes files or leaves is asked for. `auto`: what leaves."""
    allow: tuple[str, ...] = ()
    """What is never asked for: `pytest *` for commands, `edit:src/*` for files, `tool:NAME` for other tools."""
    deny: tuple[str, ...] = ()
    """What is always refused, in the same form."""


class FilesSettings(Section):
    """How changes come from the sandbox into your files, in a conversation."""

    auto_apply: bool = False
    """Apply the changes after every turn; otherwise they wait until you do."""


class TrustSettings(Section):
    """Whom to believe. Counts in your own file alone."""

    projects: tuple[str, ...] = ()
    """Repositories that you trust: what needs your consent counts there without a question."""


class Settings(Frozen):
    """All settings, section by section."""

    model: ModelSettings = ModelSettings()
    serve: ServeSettings = ServeSettings()
    sandbox: SandboxSettings = SandboxSettings()
    limits: LimitSettings = LimitSettings()
    compaction: CompactionSettings = CompactionSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    tools: ToolSettings = ToolSettings()
    permission: PermissionSettings = PermissionSettings()
    files: FilesSettings = FilesSettings()
    trust: TrustSettings = TrustSettings()


SECTIONS: dict[str, type[Section]] = {
    "model": ModelSettings,
    "serve": ServeSettings,
    "sandbox": SandboxSettings,
    "limits": LimitSettings,
    "compaction": CompactionSettings,
    "knowledge": KnowledgeSettings,
    "tools": ToolSettings,
    "permission": PermissionSettings,
    "files": FilesSettings,
    "trust": TrustSettings,
}


def all_keys() -> tuple[str, ...]:
    """Every setting as `section.key`, in the order of this file."""
    return tuple(f"{name}.{key}" for name, section in SECTIONS.items() for key in section.model_fields)
