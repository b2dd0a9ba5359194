"""A training's log as a picture that stands alone."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.reports.training import curves, read_lines

SVG = "{http://www.w3.org/2000/svg}"


def shares(step: int) -> dict[str, object]:
    right = step / 100
    return {
        "assistant": right,
        "copied": right / 2,
        "sessions": right / 4,
        "drafted": [right, right / 2, right / 3],
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = [{"step": step, "tokens": step * 8000, "loss": 8 / step, **shares(step)} for step in range(1, 101)]
    lines += [{"step": step, "tokens": step * 8000, "unseen": shares(step)} for step in (50, 100)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"step": 101, "tok')
    return path


def test_the_picture_shows_lessons_beside_unseen_sessions(log: Path, tmp_path: Path) -> None:
    picture = tmp_path / "curves.svg"
    command = [sys.executable, "-m", "evals.reports.training", str(log), str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    root = ElementTree.parse(picture).getroot()
    said = "".join(root.itertext())
    for words in ("Loss", "unseen, copied", "Sessions without one wrong token", "MTP layer 3"):
        assert words in said
    lines = [path for path in root.iter(f"{SVG}path") if "line" in path.attrib["class"]]
    assert len(lines) == 1 + 3 + 2 + 3


def test_before_the_first_measurement_only_the_steps_are_drawn(log: Path) -> None:
    root = ElementTree.fromstring(curves(read_lines(log)[:30]))
    assert "MTP" not in "".join(root.itertext())


def test_a_log_without_a_step_is_told() -> None:
    with pytest.raises(ValueError, match="no step"):
        curves([])
