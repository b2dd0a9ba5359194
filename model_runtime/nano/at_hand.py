"""Whether the small model is there, by the name that the user gives it: `nano`, or `nano:FOLDER` for another."""

from pathlib import Path

from model_runtime.errors import ModelRefused

NANO = "nano"
"""The name of the model that is shipped, and of its profile."""
SHIPPED = Path(__file__).parent / "checkpoint"
WEIGHTS = "model.safetensors"


def is_nano(spec: str) -> bool:
    """Whether the name means a model that runs in this process."""
    return spec == NANO or spec.startswith(f"{NANO}:")


def find_checkpoint(spec: str) -> Path | None:
    """The folder of the model that `spec` names; None if it is not there."""
    folder = Path(spec.removeprefix(f"{NANO}:")).expanduser() if spec != NANO else SHIPPED
    return folder if (folder / WEIGHTS).is_file() else None


def checkpoint_of(spec: str) -> Path:
    """The same. Raises ModelRefused if it is not there."""
    found = find_checkpoint(spec)
    if found is None:
        where = "this installation came without it" if spec == NANO else f"it has no file {WEIGHTS}"
        raise ModelRefused(f"--model {spec}: there is no such model, {where}. See docs/nano.md.")
    return found
