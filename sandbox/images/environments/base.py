"""What finding an environment gives, and the contract of whoever finds one."""

from dataclasses import dataclass
from typing import Protocol

from sandbox.images.environments.tree import Tree


@dataclass(frozen=True)
class SandboxSettings:
    """What the user says of the environment; "" and () where nothing is said. `dockerfile` is relative to the
    repository."""

    image: str = ""
    dockerfile: str = ""
    setup: tuple[str, ...] = ()
    test: str = ""


@dataclass(frozen=True)
class Build:
    """An image to build. `dockerfile` and `context` are relative to the repository; `arguments` are build
    arguments, `target` the stage to stop at, "" for the last."""

    dockerfile: str
    context: str = "."
    arguments: tuple[tuple[str, str], ...] = ()
    target: str = ""


@dataclass(frozen=True)
class KeyFile:
    """A file that the setup depends on; `digest` is the SHA-256 of its bytes, in hex."""

    path: str
    digest: str


@dataclass(frozen=True)
class Environment:
    """Where a repository's commands can work.

    `base` is an image's name, a build, or None for the default base image. `setup` are bash commands, run once in
    the workspace as root with the network on. `path` holds folders to put before the image's PATH, `variables`
    what else to set, in the setup and afterwards. `why` is one line on what was found and where; `notes` are
    things found that are not honoured.
    """

    why: str
    base: str | Build | None = None
    setup: tuple[str, ...] = ()
    test_command: str | None = None
    key_files: tuple[KeyFile, ...] = ()
    path: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class Finder(Protocol):
    """Knows one kind of project."""

    def __call__(self, tree: Tree) -> Environment | None:
        """The environment of the repository, None if it is not of this kind. Raises EnvironmentFailed when a file
        that decides it cannot be read."""
        ...


def key_files(tree: Tree, *names: str) -> tuple[KeyFile, ...]:
    """Those of the named files that are there."""
    return tuple(KeyFile(name, tree.digest(name)) for name in sorted(set(names)) if tree.has(name))


def install_if_missing(program: str, *packages: str) -> str:
    """A command that installs the distribution's packages unless `program` is there."""
    return (
        f"command -v {program} >/dev/null || {{ apt-get -q update && "
        f"DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install {' '.join(packages)} && "
        "rm -rf /var/lib/apt/lists/*; }"
    )
