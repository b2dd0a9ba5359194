"""What can go wrong before a server is started."""

from model_runtime.errors import ModelError


class PlanRefused(ModelError):
    """The question cannot be planned: a wrong option, an unreadable checkpoint, a number nobody knows."""

    exit_code = 2


class NoGpus(ModelError):
    """No GPU can be seen from here; with another machine, or with `--gpus`, it may work."""

    exit_code = 75
