"""The official command of swebench, in an environment of its own that is made once a machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "5.0.2"
INSTALL_LIMIT_S = 240


class NotInstalled(Exception):
    """The environment could not be made in time; says why."""


def official_command() -> Path:
    """The program `swebench`; its first installation takes 490 MB and about a minute. Raises NotInstalled."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "mimosa" / "tests" / f"swebench-{VERSION}"
    program = folder / "bin" / "swebench"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
            words = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", f"swebench=={VERSION}"]
            subprocess.run(words, check=True, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise NotInstalled(f"swebench {VERSION} could not be installed: {error}") from error
    return program


TRIES = 3
"""At its end the command lists all containers of the engine, and fails if one of anybody's goes meanwhile. What it
has run it does not run again."""


def official_eval(rows: Path, predictions: Path, run_id: str, folder: Path, workers: int = 4) -> None:
    """Run `swebench eval`; its report is left in `folder` as MODEL.RUN_ID.json."""
    words = ["eval", rows, "-p", predictions, "--run-id", run_id, "-j", str(workers), "--report-dir", folder]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    for _ in range(TRIES):
        done = subprocess.run(
            [official_command(), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        if "No such container" not in done.stderr:
            break
    assert done.returncode == 0, done.stdout + done.stderr
