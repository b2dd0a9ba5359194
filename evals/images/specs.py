"""swebench 4.1.0's table of environments by repository and version. 5.x has it no more."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from evals.cache import cache_folder
from evals.swebench import package_folder
from model_runtime.messages import Frozen

VERSION = "4.1.0"

DUMP = """\
import json, sys, types
folder = sys.argv[1]
sys.path.insert(0, folder)
# The packages' own __init__ import docker, datasets and more; only their paths are wanted.
for name in ("swebench", "swebench.harness"):
    module = types.ModuleType(name)
    module.__path__ = [folder + "/" + name.replace(".", "/")]
    sys.modules[name] = module
from swebench.harness import constants
json.dump({
    "specs": constants.MAP_REPO_VERSION_TO_SPECS,
    "requirements": constants.MAP_REPO_TO_REQS_PATHS,
}, sys.stdout)
"""


class Spec(Frozen):
    """One entry. `packages` is "requirements.txt", "environment.yml", or words for the installer."""

    python: str = ""
    packages: str = ""
    pip_packages: tuple[str, ...] = ()
    pre_install: tuple[str, ...] = ()
    install: str = ""
    test_command: str = ""
    requirement_files: tuple[str, ...] = ()


def find_spec(repo: str, version: str) -> Spec | None:
    """The entry for a repository, None if the table does not know it. Raises EvalInfrastructure where the table
    cannot be had."""
    if not version or "/" not in repo or Path(repo).is_absolute():
        return None  # not a row of SWE-bench's: no need to ask
    entry = _table()["specs"].get(repo, {}).get(version)
    if entry is None:
        return None
    commands = entry.get("test_cmd", "")
    return Spec(
        python=str(entry.get("python", "")),
        packages=entry.get("packages", ""),
        pip_packages=tuple(entry.get("pip_packages", ())),
        pre_install=tuple(entry.get("pre_install", ())),
        install=_joined(entry.get("install", "")),
        test_command=_joined(commands),
        requirement_files=tuple(_table()["requirements"].get(repo, ())),
    )


def _joined(commands: str | list[str]) -> str:
    return commands if isinstance(commands, str) else " && ".join(commands)


@cache
def _table() -> dict[str, Any]:
    kept = cache_folder("specs") / f"swebench-{VERSION}.json"
    if not kept.exists():
        scratch = kept.with_suffix(f".{os.getpid()}.new")
        scratch.write_text(_dumped(package_folder(VERSION)))
        scratch.rename(kept)
    table: dict[str, Any] = json.loads(kept.read_text())
    return table


def _dumped(folder: Path) -> str:
    """In a process of its own: another version of the package may be in use in this one."""
    words = [sys.executable, "-I", "-c", DUMP, str(folder)]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
