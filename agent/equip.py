"""From settings to what a session works with."""

import sys

from agent.config.load import Loaded
from agent.config.settings import LimitSettings, SandboxSettings
from agent.guards.thinking import CHARACTERS_PER_TOKEN
from agent.limits import Limit, ModelTimeLimit, StepLimit, TokenLimit, WallTimeLimit
from agent.serving.endpoint import endpoint_of
from agent.state import servers_folder
from model_runtime.base import ChatModel, Sampling, ServerInfo
from model_runtime.client import Limits
from model_runtime.metrics.base import Counting
from model_runtime.metrics.own import OwnReader
from model_runtime.metrics.reader import MetricsReader
from model_runtime.metrics.session import SessionMeter
from model_runtime.open import open_model
from model_runtime.profiles import find_profile
from model_runtime.retry import RetryPolicy
from model_runtime.serving.local.recovery import LocalRecovery
from model_runtime.serving.local.servers import Servers
from model_runtime.transport import Timeouts
from sandbox.base import Sandbox
from tools.base import Tool
from tools.bash.tool import BashSettings
from tools.standard import standard_tools
from tools.toolbox import Toolbox


def model_of(loaded: Loaded) -> ChatModel:
    """The model that the settings name, or a server of `mimosa serve` that runs here. Raises ModelError."""
    settings = loaded.settings.model
    endpoint = endpoint_of(loaded)
    base_url = endpoint.base_url if endpoint is not None else ""
    return open_model(
        endpoint.model if endpoint is not None else settings.name,
        base_url=base_url,
        api_key=settings.api_key.get_secret_value(),
        profile=settings.profile,
        limits=Limits(
            retry=RetryPolicy(attempts=settings.attempts),
            timeouts=Timeouts(silence_s=settings.silence_s, whole_s=settings.whole_s),
            recovery=LocalRecovery(Servers(servers_folder()), base_url),
        ),
    )


def meter_of(loaded: Loaded, model: ChatModel) -> SessionMeter | None:
    """What measures `model`, which `model_of` gave, or its server; None for a recording. Whoever makes it
    closes it. Raises ModelRefused."""
    if isinstance(model, Counting):
        return SessionMeter(OwnReader(model), here=False)
    endpoint = endpoint_of(loaded)
    if endpoint is None:
        return None
    return SessionMeter(MetricsReader(endpoint), here=endpoint.is_loopback())


def sampling_of(loaded: Loaded, server: ServerInfo) -> Sampling:
    """The profile's sampling, cut to what fits the server, with what the user set put over it."""
    chosen = {
        name: getattr(loaded.settings.model, name)
        for name in Sampling.model_fields
        if getattr(loaded.settings.model, name) is not None
    }
    return find_profile(server.profile).sampling_within(server.context_length).model_copy(update=chosen)


def limits_of(settings: LimitSettings) -> tuple[Limit, ...]:
    """The limits that are set; 0 is none."""
    named: tuple[tuple[int, type[StepLimit | TokenLimit | WallTimeLimit | ModelTimeLimit]], ...] = (
        (settings.steps, StepLimit),
        (settings.tokens, TokenLimit),
        (settings.seconds, WallTimeLimit),
        (settings.model_seconds, ModelTimeLimit),
    )
    return tuple(limit(maximum) for maximum, limit in named if maximum)


def thinking_characters_of(settings: LimitSettings) -> int:
    """The cap on the thinking of one reply, in characters; what streams in has not been counted in tokens yet."""
    return settings.thinking_tokens * CHARACTERS_PER_TOKEN or sys.maxsize


def toolbox_of(
    settings: SandboxSettings, sandbox: Sandbox, server: ServerInfo, further: tuple[Tool, ...] = ()
) -> Toolbox:
    """The standard tools and `further` ones after them; those alone that the model's profile names, if it does."""
    bash = BashSettings(
        background_after=settings.background_after_s,
        default_timeout=settings.command_timeout_s,
        max_timeout=settings.command_timeout_max_s,
    )
    tools = (*standard_tools(bash), *further)
    return Toolbox(_named(tools, find_profile(server.profile).tools) or tools, sandbox)


def _named(tools: tuple[Tool, ...], names: tuple[str, ...]) -> tuple[Tool, ...]:
    """Those of these names, in the names' order."""
    by_name = {tool.name: tool for tool in tools}
    return tuple(by_name[name] for name in names if name in by_name)
