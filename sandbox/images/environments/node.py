"""Node repositories: the package manager that left its lock file, and the script called test."""

from dataclasses import dataclass

from sandbox.images.environments.base import Environment, install_if_missing, key_files
from sandbox.images.environments.tree import Tree, table

NO_TEST = "no test specified"
"""In the script that `npm init` writes."""


@dataclass(frozen=True)
class _Manager:
    """A package manager: the file it locks with, how it comes to the image, how it installs and tests."""

    name: str
    lock_file: str
    install: str
    package: str = ""


NPM = _Manager("npm", "package-lock.json", "npm ci")
MANAGERS = (
    _Manager("pnpm", "pnpm-lock.yaml", "pnpm install --frozen-lockfile", "pnpm@9"),
    _Manager("yarn", "yarn.lock", "yarn install --frozen-lockfile", "yarn@1"),
    NPM,
    _Manager("npm", "npm-shrinkwrap.json", "npm ci"),
)


def find(tree: Tree) -> Environment | None:
    """A folder with a package.json."""
    if not tree.has("package.json"):
        return None
    package = tree.json("package.json")
    locked = next((manager for manager in MANAGERS if tree.has(manager.lock_file)), None)
    manager = locked or _Manager("npm", "", "npm install --no-package-lock")
    setup = [install_if_missing("npm", "nodejs", "npm")]
    if manager.package:
        setup.append(f"command -v {manager.name} >/dev/null || npm install -g {_wanted(package, manager)}")
    script = table(package, "scripts").get("test")
    command = f"{manager.name} test" if isinstance(script, str) and NO_TEST not in script else None
    return Environment(
        why=f"Node, from package.json{f' and {manager.lock_file}' if locked else ''}: {manager.install}",
        setup=(*setup, manager.install),
        test_command=command,
        key_files=key_files(tree, "package.json", ".npmrc", *(manager.lock_file for manager in MANAGERS)),
    )


def _wanted(package: object, manager: _Manager) -> str:
    """The version that `packageManager` names ("pnpm@9.1.0+sha512…"), else the one we know to work."""
    named = table({"package": package}, "package").get("packageManager")
    if isinstance(named, str) and named.startswith(f"{manager.name}@") and manager.name == "pnpm":
        return named.partition("+")[0]
    return manager.package
