"""What can be wrong with the files of a model that runs in this process."""

from model_runtime.errors import ModelError


class CheckpointBroken(ModelError):
    """A file of the checkpoint is missing, damaged, or of a kind that this engine does not run."""
