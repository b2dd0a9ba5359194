"""`mimosa top` shows what the server says, to people, to logs and to programs."""

import io
import json
import signal
import subprocess
import sys

import pytest
from figures import loads, metrics, rank
from model_server import ModelServer
from rich.console import Console

from agent.serving.top_screen import line, screen
from model_runtime.metrics.base import Counters, Reading
from model_runtime.metrics.gpus import GpuReading
from model_runtime.metrics.watch import ServerWatch, View


class Readings:
    """A meter that says what it is given."""

    def __init__(self, *readings: Reading | None) -> None:
        self._left = list(readings)

    async def read(self) -> Reading | None:
        return self._left.pop(0)


def top(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", "top", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def drawn(view: View, news: str | None = None) -> str:
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(screen("http://127.0.0.1:30000/v1", view, news))
    return console.export_text()


def reading(at: float, prompt: int, cached: int, generated: int, steps: int) -> Reading:
    counters = Counters(prompt, cached, generated, steps)
    return Reading(at, "sglang 0.5.23", 3, 1, 32_768, 163_840, 151.5, 3.9, 0.1, counters)


async def test_figures_are_those_of_the_last_minute() -> None:
    watch = ServerWatch(
        Readings(reading(0, 0, 0, 0, 0), reading(90, 500, 0, 50, 50), reading(100, 1500, 900, 370, 150)), None
    )
    await watch.look()
    await watch.look()
    view = await watch.look()
    assert view.lately_s == 10
    assert (view.acceptance, view.hit_rate) == (3.2, 0.9)
    assert view.sessions_left == {32_768: 4, 65_536: 2, 131_072: 1, 262_144: 0}


async def test_a_server_that_went_away_and_came_back_is_looked_at_anew() -> None:
    watch = ServerWatch(Readings(reading(0, 9, 9, 9, 9), None, reading(5, 9, 9, 9, 9)), None)
    views = [await watch.look() for _ in range(3)]
    assert [view.reading is None for view in views] == [False, True, False]
    assert views[2].lately is None


def test_the_screen_tells_load_cache_and_gpus() -> None:
    gpu = GpuReading(0, "H200", 120 << 30, 140 << 30, busy=0.98, watts=523.0)
    text = drawn(View(reading(0, 1000, 800, 64, 20), gpus=(gpu,)))
    assert "3 running, 1 waiting" in text
    assert "151 tokens/s" in text or "152 tokens/s" in text
    assert "3.90 tokens a step" in text
    assert "80% of the tokens read" in text
    assert "32,768 of 163,840 tokens (20%)" in text
    assert "4 of 32K, 2 of 64K, 1 of 128K, 0 of 256K more sessions" in text
    assert "120.0 of 140.0 GiB, 98% busy, 523 W  H200" in text


def test_a_server_that_is_away_is_told_with_what_is_done_about_it() -> None:
    assert "does not answer" in drawn(View(None))
    assert "restart 1 of 5" in drawn(View(None), "m crashed; restart 1 of 5")


def test_what_is_not_known_is_not_in_the_line() -> None:
    assert line(View(Reading(1.0, "vllm", running=2, waiting=0))) == "at=1.0 server=vllm running=2 waiting=0"


def test_one_look_at_a_remote_endpoint() -> None:
    with ModelServer() as server:
        server.routes |= {"/v1/loads": loads(rank(0)), "/metrics": metrics(1000, 800, 64, 20)}
        shown, told = top("--once", "--base-url", server.url), top("--once", "--json", "--base-url", server.url)
    assert shown.returncode == told.returncode == 0, shown.stderr
    assert "2 running, 1 waiting" in shown.stdout
    found = json.loads(told.stdout)
    assert (found["running"], found["cache_used"], found["hit_rate"]) == (2, 500, 0.8)


def test_an_endpoint_that_tells_nothing_is_worth_a_later_try() -> None:
    with ModelServer() as server:
        done = top("--once", "--base-url", server.url)
    assert done.returncode == 75
    assert "tells nothing of itself" in done.stdout


def test_without_a_server_it_says_what_to_name(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(tmp_path))
    done = top("--once")
    assert done.returncode == 75
    assert "--base-url" in done.stderr


def test_in_a_pipe_it_prints_a_line_a_look_until_ctrl_c() -> None:
    with ModelServer() as server:
        server.routes |= {"/v1/loads": loads(rank(0))}
        command = [sys.executable, "-m", "agent.cli", "top", "--every", "0.1", "--base-url", server.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stderr is not None
            lines = [process.stdout.readline() for _ in range(3)]
            process.send_signal(signal.SIGINT)
            errors = process.stderr.read()
    assert process.returncode == 0, errors
    assert all("running=2 waiting=1" in each for each in lines)
