"""`make test-gpu` on machines without a GPU, or without SGLang: a line says so, and nothing is downloaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "real_sglang"
DRIVER = """
int nvmlInit_v2(void) { return INIT; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = COUNT; return 0; }
"""


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    return subprocess.run(words, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, timeout=60)


def driver(folder: Path, *, count: int, init: int = 0) -> str:
    """A folder with a library that stands where NVIDIA's would."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source = folder / "driver.c"
    source.write_text(DRIVER)
    made = folder / "libnvidia-ml.so.1"
    defined = (f"-DCOUNT={count}", f"-DINIT={init}")
    subprocess.run([compiler, "-shared", "-fPIC", *defined, "-o", str(made), str(source)], check=True)
    return str(folder)


def test_without_a_gpu_it_ends_with_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    cache, out = tmp_path / "cache", tmp_path / "page.md"
    words = (sys.executable, str(HERE / "gpu_run.py"), "--home", str(tmp_path / "home"), "--out", str(out))
    done = run(*words, CUDA_VISIBLE_DEVICES="", XDG_CACHE_HOME=str(cache))
    assert done.returncode == 75
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line == "No GPU: CUDA_VISIBLE_DEVICES hides all of them. Nothing was run, installed or written."
    assert list(tmp_path.iterdir()) == []


def test_make_asks_before_it_installs_anything(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    words = ("make", "--no-print-directory", "test-gpu", f"VENV={venv}", f"PYTHON={sys.executable}")
    done = run(*words, CUDA_VISIBLE_DEVICES="")
    assert done.returncode != 0
    assert "No GPU: " in done.stderr
    assert "Error 75" in done.stderr
    assert not venv.exists()


@pytest.mark.parametrize(("shown", "first"), [(None, "0"), ("3,1", "3"), ("GPU-1abc", "GPU-1abc")])
def test_the_first_gpu_that_cuda_would_show_is_taken(tmp_path: Path, shown: str | None, first: str) -> None:
    variables = {"LD_LIBRARY_PATH": driver(tmp_path, count=4)}
    if shown is not None:
        variables["CUDA_VISIBLE_DEVICES"] = shown
    done = run(sys.executable, str(HERE / "gpu_here.py"), **variables)
    assert (done.returncode, done.stdout) == (0, f"{first}\n")


@pytest.mark.parametrize(("count", "init", "why"), [(0, 0, "sees none"), (4, 9, "does not answer (NVML error 9)")])
def test_a_driver_without_a_gpu_is_none(tmp_path: Path, count: int, init: int, why: str) -> None:
    library = driver(tmp_path, count=count, init=init)
    done = run(sys.executable, str(HERE / "gpu_here.py"), LD_LIBRARY_PATH=library)
    assert done.returncode == 75
    assert why in done.stderr


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    library = driver(tmp_path, count=1)
    words = (
        sys.executable,
        str(HERE / "gpu_run.py"),
        "--python",
        "/nowhere/python",
        "--home",
        str(tmp_path / "home"),
    )
    done = run(*words, LD_LIBRARY_PATH=library)
    assert done.returncode == 75
    assert done.stderr.splitlines()[-1].startswith("There is no SGLang to run: /nowhere/python does not run")


def test_a_rehearsal_writes_no_page_of_the_documentation() -> None:
    done = run(sys.executable, str(HERE / "gpu_run.py"), "--cpu")
    assert done.returncode == 2
    assert "--out" in done.stderr
