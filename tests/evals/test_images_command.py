"""`mimosa eval images` as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from evals.images.build import EvalImages
from evals.instances.base import Instance

pytestmark = pytest.mark.docker


def mimosa(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", "eval", "images", *words]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def rows(calc: Instance, tmp_path: Path) -> str:
    """One that can be built, and one whose clone lacks the base commit."""
    lost = calc.model_copy(update={"instance_id": "acme__calc-2", "base_commit": "0" * 40})
    (tmp_path / "rows.jsonl").write_text(f"{calc.model_dump_json()}\n{lost.model_dump_json()}\n")
    return str(tmp_path / "rows.jsonl")


def test_build_tells_each_image_and_goes_on_after_a_failure(rows: str) -> None:
    done = mimosa("build", rows)

    assert done.returncode == 1
    assert done.stdout == "1 image ready, 1 failed\n"
    assert "[1/2] acme__calc-1  mimosa-eval-row:" in done.stderr
    assert "[2/2] acme__calc-2  failed:" in done.stderr
    assert "does not hold the base commit 000000" in done.stderr


def test_check_and_list_tell_what_is_there(rows: str, eval_images: EvalImages, calc: Instance) -> None:
    name = eval_images.ensure(calc).name

    checked = mimosa("check", rows, "--ids", "acme__calc-1")
    listed = mimosa("list")

    assert (checked.returncode, checked.stdout) == (0, "1 of 1 image there\n")
    assert f"there: {name}" in checked.stderr
    assert any(line.startswith(name) and line.endswith("acme__calc-1") for line in listed.stdout.splitlines())


def test_a_folder_of_clones_that_is_not_there_is_told(rows: str) -> None:
    done = mimosa("check", rows, "--repos", "/nowhere")

    assert "--repos /nowhere is no folder" in done.stderr
