"""`${NAME}` and `${NAME:-default}` in a server's table: variables of the user's environment, so that no file
holds a secret."""

import re
from collections.abc import Mapping

from agent.config.named_settings import ServerSettings

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
PRIVATE = frozenset({"MIMOSA_API_KEY"})
"""The endpoint's key is sent to the endpoint, and goes nowhere else."""


class NotSet(Exception):
    """A variable is not there; the text is for the user."""


def expanded(settings: ServerSettings, environment: Mapping[str, str]) -> ServerSettings:
    """The same table with its variables filled in. Raises NotSet."""

    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda found: _value(found[1], found[2], environment), text)

    return settings.model_copy(
        update={
            "command": fill(settings.command),
            "args": tuple(fill(argument) for argument in settings.args),
            "env": {name: fill(value) for name, value in settings.env.items()},
            "url": fill(settings.url),
            "headers": {name: fill(value) for name, value in settings.headers.items()},
        }
    )


def _value(name: str, default: str | None, environment: Mapping[str, str]) -> str:
    if name in PRIVATE:
        raise NotSet(f"{name} is for the model's endpoint alone and is given to no server")
    value = environment.get(name, "") or default
    if value is None:
        raise NotSet(f"the environment variable {name} is not set")
    return value
