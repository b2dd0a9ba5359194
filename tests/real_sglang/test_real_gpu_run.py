"""What `make test-gpu` does on a GPU, from the start to the page, on the CPU."""

import subprocess
import sys
from pathlib import Path

import pytest
from gpu_page import ASKED

from model_runtime.serving.local.servers import Servers

SCRIPT = Path(__file__).with_name("gpu_run.py")
LIMIT_S = 1800
"""Four starts: with drafts, without, and as before."""


@pytest.mark.timeout(LIMIT_S)
def test_a_rehearsal_serves_asks_measures_stops_and_writes_the_page(checkpoint: Path, tmp_path: Path) -> None:
    del checkpoint  # It fails with what to do where there is no environment.
    home, out = tmp_path / "home", tmp_path / "page.md"
    words = ("--cpu", "--home", str(home), "--out", str(out), "--sessions", "1", "--steps", "2")
    done = subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    page = out.read_text()
    assert page.startswith("# A rehearsal on a CPU: no figures of a GPU\n")
    assert "SGLang 0.5.23" in page
    assert "--tool-call-parser mimo" in page and "--speculative-algorithm EAGLE" in page
    verdicts = {row[1]: row[2] for row in rows(page) if row[1] in ASKED}
    assert verdicts == {**dict.fromkeys(ASKED, "right"), "arguments": "note"}
    assert {row[1] for row in rows(page)} >= {"with drafts", "without drafts"}
    assert str(home) not in page
    assert Servers(home / "state" / "servers").running() == ()


def rows(page: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in page.splitlines() if line.startswith("| ")]
