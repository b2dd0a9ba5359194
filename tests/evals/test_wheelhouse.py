"""Images that are built from a folder of wheels, without a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from eval_repositories import commit, make_calc

from evals.images.plan import TESTBED

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
"""A proxy where nothing listens, on this machine as in a container."""

SETUP = """\
from pathlib import Path

from setuptools import setup

Path("routes.txt").write_text("".join(Path("/proc/net/route").read_text().splitlines()[1:]))
setup(name="calc", py_modules=["calc"])
"""
"""Leaves behind what networks it was built with."""


def wheel(folder: Path, name: str, requires: tuple[str, ...] = ()) -> None:
    """A package that is in no index."""
    info = f"{name}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {other}\n" for other in requires)
    with ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as made:
        made.writestr(f"{name}.py", "WORD = 'from the wheelhouse'\n")
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every Python project is tested and built with, and one package that nobody else has."""
    folder = tmp_path_factory.mktemp("wheels")
    words = ("--only-binary", ":all:", "--python-version", "3.11", "--platform", "any", "--implementation", "py")
    download = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", folder)
    subprocess.run([*map(str, download), *words, "--abi", "none", "pytest<9", "setuptools", "wheel"], check=True)
    wheel(folder, "mimosa_greeting", ("mimosa_voice",))
    wheel(folder, "mimosa_voice")
    return folder


def rows_of(folder: Path, files: dict[str, str]) -> Path:
    repository, calc = make_calc(folder / "calc")
    base = commit(repository, files, "needs something")
    path = folder / "rows.jsonl"
    path.write_text(f"{calc.model_copy(update={'base_commit': base}).model_dump_json()}\n")
    return path


def build(rows: Path, wheels: Path) -> "subprocess.CompletedProcess[str]":
    return mimosa_eval("images", "build", rows, "--wheelhouse", wheels)


def mimosa_eval(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", "eval", *map(str, words)]
    return subprocess.run(command, env=os.environ | NO_NETWORK, capture_output=True, text=True, check=False)


def test_an_image_is_built_without_a_network_and_a_run_uses_it(
    engine: "DockerClient",
    base_image: str,  # noqa: ARG001 - it must be there
    wheels: Path,
    tmp_path: Path,
) -> None:
    rows = rows_of(tmp_path, {"setup.py": SETUP, "tests/requirements.txt": "mimosa_greeting\n"})

    done = build(rows, wheels)

    assert done.returncode == 0, done.stderr
    image = done.stderr.partition("[1/1] acme__calc-1  ")[2].split()[0]
    program = (
        "import mimosa_greeting, mimosa_voice, pytest; print(mimosa_greeting.WORD, open('routes.txt').read())"
    )
    words = ["/opt/venv/bin/python", "-c", program]
    told = engine.containers.run(image, words, network_mode="none", working_dir=TESTBED, remove=True)
    assert told == b"from the wheelhouse \n"

    run = ("run", rows, "--model", "gold", "--no-grade", "--workers", "1", "--output", tmp_path / "run")
    done = mimosa_eval(*run, "--wheelhouse", wheels)

    assert done.returncode == 0, done.stderr
    assert str(engine.images.get(image).id) in (tmp_path / "run" / "manifest.json").read_text()


def test_what_the_wheels_lack_is_named(base_image: str, wheels: Path, tmp_path: Path) -> None:  # noqa: ARG001
    done = build(rows_of(tmp_path, {"requirements.txt": "six\n"}), wheels)

    assert (done.returncode, done.stdout) == (1, "0 images ready, 1 failed\n")
    assert f"The wheelhouse {wheels} has no wheel of six." in done.stderr
    assert "No matching distribution found for six" in done.stderr


@pytest.mark.usefixtures("base_image")
def test_what_a_wheel_needs_and_nobody_brought_is_named(wheels: Path, tmp_path: Path) -> None:
    more = shutil.copytree(wheels, tmp_path / "more")
    wheel(more, "mimosa_alone", ("mimosa_nowhere>=2",))

    done = build(rows_of(tmp_path, {"requirements.txt": "mimosa_alone\n"}), more)

    assert done.returncode == 1
    assert "has no wheel of mimosa_nowhere>=2" in done.stderr.replace("-", "_")


@pytest.mark.usefixtures("base_image")
def test_a_command_that_needs_a_network_is_told_why_it_has_none(wheels: Path, tmp_path: Path) -> None:
    done = build(rows_of(tmp_path, {"go.mod": "module calc\n"}), wheels)

    assert done.returncode == 1
    assert f"What is built from a wheelhouse ({wheels}) has no network." in done.stderr
