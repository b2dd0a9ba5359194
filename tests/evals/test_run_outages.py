"""What a run does without its model server, and with its disk full: nobody's failure, and nothing lost."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest
from running_bench import TinyRun, assert_whole, verdicts
from test_run_killed import ROOT, dataset, finish, start

from evals.running.breaker import Patience
from evals.running.folder import RunFolder
from evals.running.reading import read_run


class Server:
    """A model server that can be killed and come back at the same address."""

    def __init__(self) -> None:
        self._process = self._start()
        self.url = self._url()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def come_back(self) -> None:
        self._process = self._start(self.url.rpartition(":")[2].partition("/")[0])
        self._url()

    def _start(self, *port: str) -> "subprocess.Popen[str]":
        program = Path(__file__).with_name("tiny_server.py")
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "evals")))
        return subprocess.Popen(
            [sys.executable, str(program), *port],
            env=os.environ | {"PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            text=True,
        )

    def _url(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def with_server(root: Path, url: str, number: int, **patience: float) -> TinyRun:
    flags = {"model__base_url": url, "model__attempts": 1}
    return TinyRun(root, number, model="", flags=flags, patience=Patience(**patience))


def test_the_server_gone_for_a_while_costs_nobody_a_result(tmp_path: Path) -> None:
    with Server() as server:
        run = with_server(tmp_path, server.url, 6, first_wait_s=0.1, most_wait_s=0.4, give_up_s=90)

        def outage() -> None:
            while not (run.folder.journal.exists() and b"_graded" in run.folder.journal.read_bytes()):
                time.sleep(0.01)
            server.kill()
            time.sleep(3)
            server.come_back()

        thread = threading.Thread(target=outage)
        thread.start()
        assert run.go().reason == "complete"
        thread.join()
    assert_whole(run.read())
    assert set(verdicts(run.read()).values()) == {True}
    lost = [end for end in run.ends() if end.outcome == "infrastructure"]
    assert lost, "the outage came too late"
    assert {end.infrastructure for end in lost} == {"server"}


def test_an_outage_without_end_ends_the_run_and_the_run_can_go_on(tmp_path: Path) -> None:
    with Server() as server:
        server.kill()
        run = with_server(tmp_path, server.url, 2, first_wait_s=0.05, most_wait_s=0.1, give_up_s=0.5)
        end = run.go()
        assert end.reason == "failed"
        assert "server" in end.detail
        assert not any(result.counted for result in run.read().results)
        server.come_back()
        assert run.go().reason == "complete"
    assert_whole(run.read())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 48 MB large."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_ends_the_run_in_order_and_it_goes_on(tmp_path: Path, small_disk: Path) -> None:
    rows, folder = dataset(tmp_path, 9), RunFolder(small_disk / "run")
    process = start(tmp_path, rows, "--model", "gold", "--output", folder.path)
    while process.poll() is None and not (folder.journal.exists() and b"_graded" in folder.journal.read_bytes()):
        time.sleep(0.01)
    fill(small_disk)
    told, _ = process.communicate(timeout=100)
    assert process.returncode == 75, told
    assert "No space left on device" in told
    assert f"mimosa eval run --resume {folder.path}" in told
    before = read_run(folder)
    (small_disk / "filler").unlink()
    finish(start(tmp_path, "--resume", folder.path), 100)
    run = read_run(folder)
    assert_whole(run)
    assert verdicts(run) == {(row, 1): row.rpartition("-")[2] not in ("1", "4", "7") for row in run.instances}
    assert run.lines[: len(before.lines)] == before.lines, "nothing that was written has changed"


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
