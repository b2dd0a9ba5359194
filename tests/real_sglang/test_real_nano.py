"""mimosa-nano's engine, transformers and the real SGLang say the same of the same files."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cpu_server import BRIDGE, CpuMachine
from environment import CPU
from nano_in_sglang import IN_FLOAT32, copy_for_sglang, generate
from served_machine import free_port

from model_runtime.base import Sampling
from model_runtime.nano.engine import Engine, Tally, open_engine
from model_runtime.nano.template import render
from model_runtime.nano.tokenizer import Tokenizer
from tests.nano.made_session import session

HERE = Path(__file__).parent
TOKENS = 64


@pytest.fixture(scope="module")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_for_sglang(tmp_path_factory.mktemp("nano"))


@pytest.fixture(scope="module")
def engine(nano: Path) -> Engine:
    return open_engine(nano)


@pytest.fixture(scope="module")
def prompt(nano: Path) -> list[int]:
    """What comes before an edit, longer than a window, so that the sliding layers forget."""
    tools, messages = session()
    return Tokenizer.read(nano / "tokenizer.json").encode(render(messages, tools))[-700:]


@pytest.fixture(scope="module")
def ours(engine: Engine, prompt: list[int]) -> list[int]:
    stream = engine.generate(prompt, Sampling(temperature=0, max_tokens=TOKENS), tally=Tally(len(prompt)))
    return [token for tokens in stream for token in tokens]


def test_transformers_gives_the_same_logits_and_tokens(
    nano: Path, engine: Engine, prompt: list[int], ours: list[int], tmp_path: Path
) -> None:
    (tmp_path / "ids.json").write_text(json.dumps(prompt))
    subprocess.run(
        [
            *(str(CPU.interpreter), str(HERE / "transformers_reference.py"), str(nano)),
            *(str(tmp_path / "ids.json"), str(TOKENS), str(tmp_path / "out.npz")),
        ],
        env={**os.environ, "PYTHONPATH": str(BRIDGE), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
    )
    theirs = np.load(tmp_path / "out.npz")
    logits = engine.following([*prompt, 0], 1)
    assert len(prompt) > 200
    assert np.abs(logits - theirs["logits"]).max() < 1e-3
    assert ours == theirs["greedy"].tolist()


@pytest.fixture(scope="module")
def server(nano: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CpuMachine]:
    """A server of its own, in float32, with the plan's speculation."""
    machine = CpuMachine(tmp_path_factory.mktemp("served-nano"), nano, free_port())
    try:
        done = machine.serve(extra=IN_FLOAT32)
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        machine.end_all()


def test_sglang_gives_the_same_tokens_with_its_own_speculation(
    server: CpuMachine, prompt: list[int], ours: list[int]
) -> None:
    answer = generate(server.port, prompt, TOKENS)
    assert answer["output_ids"] == ours
    print({key: value for key, value in answer["meta_info"].items() if key.startswith("spec")})
