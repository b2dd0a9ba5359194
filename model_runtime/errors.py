"""What can go wrong between Mimosa and its model. Every message says what happened and what to do."""


class ModelError(Exception):
    """The model could not be asked. `exit_code` is what the program ends with if nobody handles it."""

    exit_code = 1


class ModelUnavailable(ModelError):
    """No answer after all retries: worth trying again later."""

    exit_code = 75


class ModelRefused(ModelError):
    """The endpoint refused the request for a reason that no retry cures (key, model name, bad request)."""

    exit_code = 2


class ContextOverflow(ModelError):
    """The prompt is longer than the context the server has; compaction is the cure."""

    exit_code = 4
