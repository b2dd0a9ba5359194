"""What can go wrong with a server: before it is started, while it starts, and afterwards."""

from model_runtime.errors import ModelError


class PlanRefused(ModelError):
    """The question cannot be planned: a wrong option, an unreadable checkpoint, a number nobody knows."""

    exit_code = 2


class NoGpus(ModelError):
    """No GPU can be seen from here; with another machine, or with `--gpus`, it may work."""

    exit_code = 75


class LaunchRefused(ModelError):
    """Nothing was started: SGLang is missing, does not know a flag, or no state can be written."""

    exit_code = 2


class PortTaken(ModelError):
    """Something else listens on the port."""

    exit_code = 75


class ServerFailed(ModelError):
    """A server was started and ended before it was ready."""

    exit_code = 1


class ServerNotReady(ModelError):
    """A server is still starting when the patience is over; it goes on starting."""

    exit_code = 75


class NoServer(ModelError):
    """No server of that name, or none at all."""

    exit_code = 75
