"""The swebench package, without the 490 MB that it depends on: its graders and parsers, and an older table."""

import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
import types
from pathlib import Path
from threading import Lock
from typing import Any

from evals.cache import cache_folder, made_once
from evals.errors import EvalError, EvalInfrastructure

GRADER = "5.0.2"
"""The release whose graders and parsers count, unless another 5.x is installed beside Mimosa."""

INSTALL = ("install", "--quiet", "--no-deps", "--no-compile")
INSTALL_LIMIT_S = 300
_importing = Lock()


def grader_module(name: str) -> Any:
    """The module `swebench.harness.NAME` of swebench 5. Raises EvalInfrastructure where it cannot be had."""
    with _importing:
        if "swebench.harness" not in sys.modules:
            if importlib.util.find_spec("unidiff") is None:
                raise EvalError("Grading needs the extra `eval`: pip install 'mimosa-coder[eval]'")
            _pretend(_installed() or package_folder(GRADER))
        return importlib.import_module(f"swebench.harness.{name}")


def grader_version() -> str:
    """The version of swebench that grades."""
    return importlib.metadata.version("swebench") if _installed() else GRADER


def package_folder(version: str) -> Path:
    """A folder that holds the package `swebench` alone, downloaded once into the cache."""
    folder = cache_folder("swebench") / version

    def install(into: Path) -> None:
        target = ("--target", str(into), f"swebench=={version}")
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", *INSTALL, *target],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
        )
        if done.returncode:
            raise EvalInfrastructure(
                "swebench",
                f"swebench {version} is needed and could not be had: {done.stderr.strip()[-400:]} "
                f"Where no package index answers, bring it: pip download --no-deps swebench=={version} elsewhere, "
                f"then pip install --no-deps --target {folder} FILE.whl here.",
            )

    return made_once(folder, install)


def _installed() -> Path | None:
    """The folder around an installed swebench 5, None if there is none."""
    try:
        version = importlib.metadata.version("swebench")
    except importlib.metadata.PackageNotFoundError:
        return None
    if not version.startswith("5."):
        return None
    return Path(str(importlib.metadata.distribution("swebench").locate_file("")))


def _pretend(folder: Path) -> None:
    """Register the packages without running their own `__init__`, which imports docker, datasets, modal."""
    for name in ("swebench", "swebench.harness"):
        module = types.ModuleType(name)
        module.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = module
