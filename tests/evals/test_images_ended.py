"""Images whose building is ended from outside, and images that two processes want at the same time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from eval_repositories import commit, make_calc
from patience import eventually

from evals.images.layers import Layer, ensure_layer, layer_name
from evals.images.turns import alone_with
from evals.instances.base import Instance
from sandbox.container.leftovers import SETUP, sweep
from sandbox.progress import Progress, silent

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

LONG_S = 60.0
SLOW = "import time\n\ntime.sleep(300)\n"
"""As `setup.py` of a project: its installation does not end by itself."""


@contextmanager
def eval_command(home: Path, *words: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """`mimosa eval …`, killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "eval", *map(str, words)],
        env=os.environ | {"MIMOSA_STATE_DIR": str(home / "state")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def setups_of(engine: "DockerClient", process: "subprocess.Popen[str]") -> list[str]:
    named = {"name": f"{SETUP}{process.pid}-"}
    return [str(found.id) for found in engine.containers.list(all=True, filters=named, ignore_removed=True)]


def row(folder: Path, files: dict[str, str]) -> tuple[Path, Instance]:
    """A data set of one instance whose image nobody has built yet."""
    repository, calc = make_calc(folder / "calc")
    base = commit(repository, {"README.md": uuid4().hex, **files}, "new")
    instance = calc.model_copy(update={"base_commit": base})
    path = folder / "rows.jsonl"
    path.write_text(f"{instance.model_dump_json()}\n")
    return path, instance


@pytest.fixture
def slow(tmp_path: Path, base_image: str) -> Path:  # noqa: ARG001 - it must be there
    return row(tmp_path, {"setup.py": SLOW})[0]


def test_ctrl_c_while_an_image_is_built_leaves_no_container(
    engine: "DockerClient", slow: Path, tmp_path: Path
) -> None:
    with eval_command(tmp_path, "run", slow, "--model", "null", "--no-grade") as process:
        eventually(lambda: setups_of(engine, process))
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=LONG_S)
        assert process.returncode == 130, told
        assert "--resume" in told
        eventually(lambda: not setups_of(engine, process))


def test_what_a_killed_process_was_building_in_is_removed_by_the_next(
    engine: "DockerClient", slow: Path, tmp_path: Path
) -> None:
    with eval_command(tmp_path, "images", "build", slow) as process:
        eventually(lambda: setups_of(engine, process))
        (container,) = setups_of(engine, process)
        assert container not in sweep(engine), "its process lives"
        process.kill()
        process.wait()
        assert container in sweep(engine)
        eventually(lambda: not setups_of(engine, process))


def test_two_processes_build_an_image_once(engine: "DockerClient", base_image: str, tmp_path: Path) -> None:
    rows, _ = row(tmp_path, {})
    since = int(time.time())
    with (
        eval_command(tmp_path, "images", "build", rows) as one,
        eval_command(tmp_path, "images", "build", rows) as other,
    ):
        told = [process.communicate(timeout=2 * LONG_S)[0] for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0), told
        made = engine.events(
            since=since, until=int(time.time()) + 1, filters={"event": "create", "image": base_image}, decode=True
        )
        names = [event["Actor"]["Attributes"]["name"] for event in made]
        theirs = [name for name in names if name.startswith((f"{SETUP}{one.pid}-", f"{SETUP}{other.pid}-"))]
        assert len(theirs) == 1, theirs
    images = {
        line.rpartition("  ")[2] for lines in told for line in lines.splitlines() if line.startswith("[1/1]")
    }
    assert len(images) == 1
    engine.images.remove(images.pop())


def test_two_processes_build_the_image_of_a_task_once(
    engine: "DockerClient", base_image: str, tmp_path: Path
) -> None:
    task = tmp_path / "tasks" / "greet"
    texts = {
        "task.toml": "",
        "instruction.md": "Make it say hello.\n",
        "environment/Dockerfile": f"FROM {base_image}\nWORKDIR /app\nRUN sleep 5 && echo {uuid4().hex}\n",
        "tests/test.sh": "echo 0 > /logs/verifier/reward.txt\n",
    }
    for path, text in texts.items():
        (task / path).parent.mkdir(parents=True, exist_ok=True)
        (task / path).write_text(text)
    with (
        eval_command(tmp_path, "images", "build", task.parent) as one,
        eval_command(tmp_path, "images", "build", task.parent) as other,
    ):
        told = [process.communicate(timeout=2 * LONG_S)[0] for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0), told
    engine.images.remove(told[0].partition("[1/1] greet  ")[2].split()[0])
    assert sum("building environment/Dockerfile" in lines for lines in told) == 1, told
    assert sum("another Mimosa builds it; waiting" in lines for lines in told) == 1, told


def test_who_waits_for_another_builder_says_so(engine: "DockerClient", base_image: str) -> None:
    layer = Layer(what="a test", commands=("true",), key=(uuid4().hex,))
    name = layer_name(engine, base_image, layer, "row")
    said: list[Progress] = []
    build = Thread(target=ensure_layer, args=(engine, base_image, layer, said.append), kwargs={"kind": "row"})
    with alone_with(name, "a test", silent):
        build.start()
        eventually(lambda: said)
        assert said == [Progress("image of a test", "another Mimosa builds it; waiting")]
    build.join(LONG_S)
    engine.images.remove(name)
