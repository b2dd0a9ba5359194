"""Which endpoint the settings mean."""

from dataclasses import dataclass

from agent.config.load import Loaded
from agent.state import servers_folder
from model_runtime.endpoint import Endpoint
from model_runtime.open import is_own
from model_runtime.profiles import find_profile
from model_runtime.serving.local.look import find_running


@dataclass(frozen=True)
class Named:
    """An endpoint, and who named it, in words."""

    endpoint: Endpoint
    by: str


def endpoint_of(loaded: Loaded) -> Endpoint | None:
    """What the settings or their profile name, else a server of `mimosa serve` that is ready here; None for a
    model of this process, and where there is neither. Raises ModelRefused for a profile that does not exist."""
    if named := named_endpoint(loaded):
        return named.endpoint
    settings = loaded.settings.model
    if is_own(settings.name):
        return None
    running = find_running(servers_folder())
    return Endpoint(running, settings.api_key.get_secret_value(), settings.name) if running else None


def named_endpoint(loaded: Loaded) -> Named | None:
    """What the settings name, or the profile that they name; None if neither does."""
    settings = loaded.settings.model
    if is_own(settings.name):
        return None
    key = settings.api_key.get_secret_value()
    if settings.base_url:
        return Named(Endpoint(settings.base_url, key, settings.name), str(loaded.origins["model.base_url"]))
    profile = find_profile(settings.profile) if settings.profile else None
    if profile is None or not profile.base_url:
        return None
    return Named(Endpoint(profile.base_url, key, settings.name or profile.model), f"profile {profile.name}")
