"""The page that `make test-gpu` writes."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

from model_runtime.doctor.examine import PROBES
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import ProcessId

SERVE = Path(__file__).parent
HERE = SERVE.parent / "real_sglang"
PAGE: dict[str, Any] = runpy.run_path(str(HERE / "gpu_page.py"))
SUBJECTS = [subject for probe in PROBES for subject in probe.subjects]
BENCH = "# Serving, measured\n\n| server | sessions |\n|---|---|\n| with drafts | 1 |\n"
INSTANCE = Instance(
    name="tiny-30000",
    model="tiny",
    port=30_000,
    process=ProcessId(pid=1, start_ticks=1, boot="b"),
    python="/home/someone/python",
    sglang="0.5.23",
    command=("/home/someone/python", "-m", "sglang.launch_server", "--model-path", "/home/someone/tiny"),
    started_at=0,
    ready_after_s=61.2,
)


def measured(**verdicts: str) -> Any:
    findings = [
        {"subject": "Docker", "verdict": "wrong", "said": "nothing that concerns a GPU", "mend": ""},
        *(
            {"subject": each, "verdict": verdicts.get(each, "right"), "said": "a | b", "mend": ""}
            for each in SUBJECTS
        ),
    ]
    return PAGE["Measured"](INSTANCE, "PyTorch 2.14.1 for CUDA 13.0", findings, BENCH)


def test_it_tells_the_versions_the_verdicts_and_the_figures() -> None:
    lines = PAGE["page"](measured(), rehearsed=False).splitlines()
    assert lines[0] == "# On a GPU"
    (machine,) = [line for line in lines if line.startswith("Machine: ")]
    assert machine.endswith(" SGLang 0.5.23, PyTorch 2.14.1 for CUDA 13.0.")
    assert "`mimosa serve` had it ready after 61 s, with" in lines
    assert "    python -m sglang.launch_server --model-path MODEL" in lines
    assert [line for line in lines if "| right |" in line] == [
        f"| {each} | right | a \\| b |" for each in SUBJECTS
    ]
    assert lines.count("## Serving, measured") == 1
    assert not any("Docker" in line or "someone" in line for line in lines)


def test_the_machine_is_told_with_its_driver() -> None:
    words = [sys.executable, "-c", "from gpu_page import machine; print(machine())"]
    paths = os.pathsep.join((str(SERVE / "driver"), str(HERE), str(HERE.parents[1])))
    variables = {**os.environ, "PYTHONPATH": paths, "GPUS": "H200:143771:500,H200:143771:0"}
    done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("2x H200, 140 GiB, driver 570.133.20, one GPU used; "), done.stderr


def test_a_rehearsal_is_called_one() -> None:
    assert PAGE["page"](measured(), rehearsed=True).startswith("# A rehearsal on a CPU: no figures of a GPU\n")


def test_it_works_if_every_probe_was_made_and_none_is_wrong() -> None:
    assert measured().works
    assert measured(arguments="note").works
    assert not measured(**{"tool call": "wrong"}).works
    assert not measured(**{"prefix cache": "skipped"}).works
