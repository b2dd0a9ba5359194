"""devcontainer.json, as far as it describes an image and how to set it up (containers.dev, reference).

Commands that would run on the host, and everything that needs the network or the host later, are not honoured;
the environment's notes name what was left out.
"""

import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sandbox.errors import EnvironmentFailed
from sandbox.images.environments import jsonc
from sandbox.images.environments.base import Build, Environment
from sandbox.images.environments.tree import Tree, table

FILES = (".devcontainer/devcontainer.json", ".devcontainer.json")
WORKSPACE = "/workspace"
COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand")
"""In the order in which they run, once, when the container is made."""

NOT_HONOURED = (
    *(
        "features",
        "remoteUser",
        "containerUser",
        "remoteEnv",
        "mounts",
        "runArgs",
        "forwardPorts",
        "workspaceMount",
    ),
    *("initializeCommand", "postStartCommand", "postAttachCommand", "secrets", "privileged", "capAdd"),
)
WORKSPACE_VARIABLES = ("${containerWorkspaceFolder}", "${localWorkspaceFolder}")


def find(tree: Tree) -> Environment | None:
    """What devcontainer.json says; None if there is none or it names no image. Raises EnvironmentFailed."""
    name = next((name for name in FILES if tree.has(name)), None)
    if name is None:
        return None
    value = jsonc.parse(tree.text(name), name)
    if not isinstance(value, dict):
        raise EnvironmentFailed(f"{name}: expected an object, found {type(value).__name__}.")
    base = _base(value, name, tree)
    if base is None:
        return None
    setup = tuple(command for key in COMMANDS for command in _commands(value.get(key), f"{name}: {key}"))
    variables, dropped = _variables(table(value, "containerEnv"))
    return Environment(
        why=f"{name}: {_described(base)}, {len(setup)} setup commands",
        base=base,
        setup=setup,
        variables=variables,
        notes=tuple(
            f"{name}: {key} is not honoured" for key in (*NOT_HONOURED, *dropped) if key in value or key in dropped
        ),
    )


def notes_without_image(tree: Tree) -> tuple[str, ...]:
    """What to say of a devcontainer.json that names no image."""
    name = next((name for name in FILES if tree.has(name)), None)
    return (f"{name}: passed over, as it names neither an image nor a Dockerfile",) if name else ()


def _base(value: Mapping[str, Any], name: str, tree: Tree) -> str | Build | None:
    """`image`, or `build.dockerfile` (once `dockerFile`), whose paths are relative to the file's folder."""
    if isinstance(image := value.get("image"), str):
        return image
    build = table(value, "build")
    dockerfile = build.get("dockerfile", value.get("dockerFile"))
    if not isinstance(dockerfile, str):
        return None
    folder = PurePosixPath(name).parent
    context = build.get("context", value.get("context", "."))
    arguments = tuple((key, str(text)) for key, text in table(build, "args").items() if "${local" not in str(text))
    return Build(
        dockerfile=_inside(tree, folder / dockerfile, f"{name}: build.dockerfile"),
        context=_inside(tree, folder / str(context), f"{name}: build.context"),
        arguments=arguments,
        target=str(build.get("target", "")),
    )


def _inside(tree: Tree, path: PurePosixPath, what: str) -> str:
    """`path` without "..", relative to the repository. Raises EnvironmentFailed if it leads out of it."""
    try:
        return tree.relative(str(path))
    except ValueError:
        raise EnvironmentFailed(f"{what}: expected a path inside the repository, found '{path}'.") from None


def _commands(value: object, where: str) -> list[str]:
    """A command is a line for the shell, a list of words, or an object of such; an object's run in turn."""
    if value is None:
        return []
    if isinstance(value, str):
        return [_with_workspace(value)] if value.strip() else []
    if isinstance(value, list):
        return [_with_workspace(shlex.join(str(word) for word in value))] if value else []
    if isinstance(value, dict):
        return [command for entry in value.values() for command in _commands(entry, where)]
    raise EnvironmentFailed(f"{where}: expected a string, a list or an object, found {value!r}.")


def _variables(values: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """containerEnv without what would take from the host's environment, and the names of those left out."""
    texts = {key: _with_workspace(str(value)) for key, value in values.items()}
    kept = tuple((key, text) for key, text in texts.items() if "${" not in text)
    return kept, [f"containerEnv.{key}" for key, text in texts.items() if "${" in text]


def _with_workspace(text: str) -> str:
    for variable in WORKSPACE_VARIABLES:
        text = text.replace(variable, WORKSPACE)
    return text


def _described(base: str | Build) -> str:
    return f"image {base}" if isinstance(base, str) else f"built from {base.dockerfile}"
