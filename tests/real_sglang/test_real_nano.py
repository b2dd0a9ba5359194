"""mimosa-nano's engine, transformers and the real SGLang say the same of the same files."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from cpu_server import BRIDGE, CpuMachine
from environment import CPU
from served_machine import free_port

from model_runtime.base import Sampling
from model_runtime.nano.at_hand import SHIPPED
from model_runtime.nano.engine import Engine, Tally, open_engine
from model_runtime.nano.template import render
from model_runtime.nano.tokenizer import Tokenizer
from tests.nano.made_checkpoint import NANO, make_checkpoint
from tests.nano.made_session import session

HERE = Path(__file__).parent
SERVED = "mimo-v2-flash-nano"
COUNT = 64


@pytest.fixture(scope="module")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped checkpoint, or where there is none one of its sizes with random weights that choose
    clearly; with what SGLang asks for beside the weights."""
    folder = tmp_path_factory.mktemp("nano") / SERVED
    if (SHIPPED / "model.safetensors").is_file():
        shutil.copytree(SHIPPED, folder)
    else:
        make_checkpoint(folder, NANO, spread=0.15)
    config = json.loads((folder / "config.json").read_text())
    config |= {"torch_dtype": "float32"}
    if "auto_map" not in config:
        config["auto_map"] = {"AutoConfig": "configuration_mimo_v2_flash.MiMoV2FlashConfig"}
        shutil.copy(HERE / "checkpoint" / "configuration_mimo_v2_flash.py", folder)
        words = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "chat_template": "x"}
        (folder / "tokenizer_config.json").write_text(json.dumps(words))
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    return folder


@pytest.fixture(scope="module")
def engine(nano: Path) -> Engine:
    return open_engine(nano)


@pytest.fixture(scope="module")
def prompt(nano: Path) -> list[int]:
    """Longer than a window, so that the sliding layers forget. An edit comes next."""
    tools, messages = session()
    return Tokenizer.read(nano / "tokenizer.json").encode(render(messages, tools))[-700:]


@pytest.fixture(scope="module")
def ours(engine: Engine, prompt: list[int]) -> list[int]:
    stream = engine.generate(prompt, Sampling(temperature=0, max_tokens=COUNT), tally=Tally(len(prompt)))
    return [token for tokens in stream for token in tokens]


def test_transformers_gives_the_same_logits_and_tokens(
    nano: Path, engine: Engine, prompt: list[int], ours: list[int], tmp_path: Path
) -> None:
    (tmp_path / "ids.json").write_text(json.dumps(prompt))
    subprocess.run(
        [
            *(str(CPU.interpreter), str(HERE / "transformers_reference.py"), str(nano)),
            *(str(tmp_path / "ids.json"), str(COUNT), str(tmp_path / "out.npz")),
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
        done = machine.serve(extra=("--dtype", "float32"))
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        machine.end_all()


def test_sglang_gives_the_same_tokens_with_its_own_speculation(
    server: CpuMachine, prompt: list[int], ours: list[int]
) -> None:
    asked = {
        "input_ids": prompt,
        "sampling_params": {"temperature": 0, "max_new_tokens": COUNT, "ignore_eos": True},
    }
    url = f"http://127.0.0.1:{server.port}/generate"
    answer = httpx.post(url, json=asked, trust_env=False, timeout=300)
    assert answer.status_code == 200, answer.text
    assert answer.json()["output_ids"] == ours
    print({key: value for key, value in answer.json()["meta_info"].items() if key.startswith("spec")})
