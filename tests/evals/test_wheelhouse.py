"""Images that are built from a folder of wheels, where no package index answers."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from eval_repositories import commit, make_calc

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
"""A proxy where nothing listens, on this machine as in a container."""


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


def rows_of(folder: Path, requirement: str) -> Path:
    repository, calc = make_calc(folder / "calc")
    base = commit(repository, {"requirements.txt": f"{requirement}\n"}, "needs something")
    path = folder / "rows.jsonl"
    path.write_text(f"{calc.model_copy(update={'base_commit': base}).model_dump_json()}\n")
    return path


def build(rows: Path, wheels: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", "eval", "images", "build", rows, "--wheelhouse", wheels]
    environment = os.environ | NO_NETWORK
    return subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, check=False)


def test_an_image_is_built_without_a_package_index(
    engine: "DockerClient",
    base_image: str,  # noqa: ARG001 - it must be there
    wheels: Path,
    tmp_path: Path,
) -> None:
    done = build(rows_of(tmp_path, "mimosa_greeting"), wheels)

    assert done.returncode == 0, done.stderr
    image = done.stderr.partition("[1/1] acme__calc-1  ")[2].split()[0]
    program = "import mimosa_greeting, mimosa_voice, pytest; print(mimosa_greeting.WORD)"
    told = engine.containers.run(image, ["/opt/venv/bin/python", "-c", program], network_mode="none", remove=True)
    assert told == b"from the wheelhouse\n"


def test_what_the_wheels_lack_is_named(base_image: str, wheels: Path, tmp_path: Path) -> None:  # noqa: ARG001
    done = build(rows_of(tmp_path, "six"), wheels)

    assert (done.returncode, done.stdout) == (1, "0 images ready, 1 failed\n")
    assert "No matching distribution found for six" in done.stderr
