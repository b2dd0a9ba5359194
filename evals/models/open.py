"""From the name that the user gave to what answers in each attempt."""

from pathlib import Path

from agent.config.load import Loaded
from evals.models.base import Models
from evals.models.gold import gold, null
from evals.models.recorded import RecordedModels
from evals.models.scripted import ScriptedModels
from model_runtime.errors import ModelRefused
from model_runtime.open import REPLAY

SCRIPTS = {"gold": gold, "null": null}


def is_scripted(loaded: Loaded) -> bool:
    """Whether no server is asked."""
    name = loaded.settings.model.name
    return name in SCRIPTS or name.startswith(REPLAY)


def open_models(loaded: Loaded) -> Models:
    """`gold`, `null`, `replay:PATH`, or the model that is served where the settings say. Raises ModelError."""
    name = loaded.settings.model.name
    if name in SCRIPTS:
        return ScriptedModels(name, SCRIPTS[name])
    if name.startswith(REPLAY):
        source = Path(name.removeprefix(REPLAY)).expanduser()
        if not source.exists():
            raise ModelRefused(f"--model {name}: there is no such file or folder.")
        return RecordedModels(source)
    from evals.models.served import ServedModels

    return ServedModels(loaded)
