"""The command that makes lessons: several processes, one file in the order of the seeds; their head."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.config.settings import SandboxSettings
from agent.equip import toolbox_of
from evals.lessons.head import NANO, head
from sandbox.local import LocalSandbox


def make(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evals.lessons", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.docker
def test_what_was_cut_off_goes_on_in_the_order_of_the_seeds(base_image: str, tmp_path: Path) -> None:
    out = tmp_path / "lessons.jsonl"
    assert make("--count", "12", "--seed", "7", "--out", out, "--image", base_image).returncode == 0
    whole = out.read_bytes()
    lines = whole.splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:5]) + lines[5][:100])
    assert make("--count", "12", "--seed", "7", "--out", out, "--image", base_image).returncode == 0
    seeds = [json.loads(line)["seed"] for line in out.read_text().splitlines()]
    assert seeds == list(range(7, 19))
    assert out.read_bytes().splitlines(keepends=True)[:5] == lines[:5], "what was there stays"


@pytest.mark.docker
def test_a_repair_is_the_part_of_a_session_from_the_failing_test_to_the_edit(
    base_image: str, tmp_path: Path
) -> None:
    out = tmp_path / "repairs.jsonl"
    assert make("--count", "12", "--repairs", "--out", out, "--image", base_image).returncode == 0
    refusals = 0
    for line in out.read_text().splitlines():
        repair = json.loads(line)
        first, _, _, module, *refused, edit = repair["messages"]
        assert " fails: " in first["reasoning_content"]
        call = json.loads(edit["tool_calls"][0]["function"]["arguments"])
        assert call["old_str"] in module["content"]
        assert call["old_str"] in repair["files"][call["path"].removeprefix("./")]
        assert call["old_str"].split("(")[0] == call["new_str"].split("(")[0], "the whole function is written anew"
        assert repair["slips"] == list(range(4, 4 + len(refused), 2)), "to leave it as it is is seen, not learned"
        assert all("are the same" in answer["content"] for answer in refused[1::2])
        refusals += len(refused) // 2
    assert refusals


def test_repairs_are_not_held_out() -> None:
    done = make("--repairs", "--held-out", "--out", "unused.jsonl")
    assert done.returncode == 2
    assert "--repairs are there to learn from" in done.stderr


def test_the_head_is_what_a_session_of_the_small_model_is_told(tmp_path: Path) -> None:
    file = tmp_path / "head.json"
    assert make("--head", file).returncode == 0
    told = json.loads(file.read_text())
    sandbox = LocalSandbox(tmp_path / "box")
    assert told == head(sandbox)
    assert [tool["name"] for tool in told["tools"]] == ["bash", "str_replace", "finish"]
    described = {spec.name: spec.description for spec in toolbox_of(SandboxSettings(), sandbox, NANO).specs}
    assert {tool["name"]: tool["description"] for tool in told["tools"]} == described


def test_a_seed_that_makes_no_lesson_is_named(tmp_path: Path) -> None:
    (tmp_path / "_pytest").mkdir()
    (tmp_path / "_pytest" / "__init__.py").write_text("raise ValueError('this pytest is broken')\n")
    program = (
        "from pathlib import Path; from evals.lessons.generate import write_lessons as write; "
        "from evals.lessons.lessons import make_lesson; "
        "write(Path('out.jsonl'), range(41, 44), Path.cwd(), 1, make_lesson)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: Seed 41 makes no lesson: bash failed: ValueError: this pytest is broken" in done.stderr


def test_no_file_to_write_is_wrong_usage() -> None:
    assert make().returncode == 2
