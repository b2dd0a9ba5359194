"""Which model answers where the settings name none: a server is seen to, or the small model takes its place."""

from dataclasses import replace

from agent.config.load import Loaded
from agent.serving.embedded import can_answer, see_to_server
from agent.serving.front import Front, TerminalFront
from agent.serving.start import machines_of
from model_runtime.nano.at_hand import find_checkpoint
from model_runtime.serving.errors import NoGpus

LARGER = "a larger model: --base-url URL, or `mimosa serve` on GPUs"


def see_to_model(loaded: Loaded, front: Front | None = None) -> Loaded:
    """`see_to_server`, or settings that name the small model where no other can be had; `front` is told so in one
    line. `agent.equip.model_of` finds a model with what is returned. Raises ModelError."""
    front = front or TerminalFront()
    if not stands_in(loaded):
        see_to_server(loaded, front)
        return loaded
    front.says(f"no endpoint, server or GPU here: mimosa-nano answers, for small bugs only ({LARGER})")
    return _naming(loaded, loaded.settings.model.fallback)


def stands_in(loaded: Loaded) -> bool:
    """Whether the small model answers: it is there, nothing was named, and nothing is served here or could be."""
    model = loaded.settings.model
    if model.name or model.profile or model.fallback == "none" or find_checkpoint(model.fallback) is None:
        return False
    if can_answer(loaded):
        return False
    try:
        machines_of(loaded.settings.serve)
    except NoGpus:
        return True
    return False


def _naming(loaded: Loaded, name: str) -> Loaded:
    settings = loaded.settings
    model = settings.model.model_copy(update={"name": name})
    return replace(loaded, settings=settings.model_copy(update={"model": model}))
