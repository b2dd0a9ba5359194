"""Makes the tiny checkpoint, in an environment of SGLang's."""

import subprocess
from pathlib import Path

from scenes import write_scenes
from sglang_cases import MODEL

MAKE = Path(__file__).parent / "checkpoint" / "make.py"
LIMIT_S = 300


def make_tiny(folder: Path, python: Path, shape: str = "smallest") -> Path:
    """The checkpoint, found in `folder` or made there by `python`. `shape`: a name of `checkpoint/shape.py`."""
    made = folder / MODEL
    if made.is_dir():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    scenes = folder / "scenes.json"
    write_scenes(scenes)
    words = [str(python), str(MAKE), str(made), str(scenes), shape]
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=LIMIT_S)
    return made
