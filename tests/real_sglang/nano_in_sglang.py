"""mimosa-nano for the real SGLang, and how fast that decodes it on this CPU with its MTP layers and without.

    python tests/real_sglang/nano_in_sglang.py

prints both, from two servers that are asked in turn for the replies of the session that `make bench` measures by.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from cpu_server import VARIABLES, CpuMachine
from environment import CPU
from served_machine import free_port

from model_runtime.nano.at_hand import SHIPPED
from model_runtime.nano.tokenizer import Tokenizer

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1]))

from tests.benchmarks.nano_child import turns  # noqa: E402 - found through the line above
from tests.patience import eventually  # noqa: E402 - the same

SERVED = "mimo-v2-flash-nano"
SESSION = HERE.parent / "benchmarks" / "nano_session.json"
LONGEST, ROUNDS = 300, 5
START_LIMIT_S = 300
IN_FLOAT32 = ("--dtype", "float32")
SPECULATION = "--speculative"


def copy_for_sglang(folder: Path) -> Path:
    """A copy of the shipped checkpoint, in float32, for a served model's name to be told from its folder's."""
    shutil.copytree(SHIPPED, folder / SERVED)
    config = folder / SERVED / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"torch_dtype": "float32"}, indent=1))
    return folder / SERVED


def generate(port: int, prompt: list[int], tokens: int, *, to_its_end: bool = False) -> dict[str, Any]:
    """SGLang's own answer, greedy, of so many tokens or fewer if it comes `to_its_end`. Raises httpx.HTTPError."""
    asked = {
        "input_ids": prompt,
        "sampling_params": {"temperature": 0, "max_new_tokens": tokens, "ignore_eos": not to_its_end},
    }
    answer = httpx.post(f"http://127.0.0.1:{port}/generate", json=asked, trust_env=False, timeout=300)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        nano = copy_for_sglang(Path(home))
        tokenizer = Tokenizer.read(nano / "tokenizer.json")
        prompts = [tokenizer.encode(prompt) for prompt in turns(json.loads(SESSION.read_text(encoding="utf-8")))]
        machine = CpuMachine(Path(home), nano, free_port())
        try:
            done = machine.serve(extra=(*IN_FLOAT32, "--sleep-on-idle"))
            if done.returncode:
                raise SystemExit(done.stderr)
            other, port = _without_speculation(machine.instance().command, Path(home))
            try:
                eventually(lambda: _answers(port, other), START_LIMIT_S)
                _compare({"with": machine.port, "without": port}, prompts)
            finally:
                os.killpg(other.pid, 9)
                other.wait()
        finally:
            machine.end_all()


def _without_speculation(command: tuple[str, ...], home: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The same server at another port."""
    port = free_port()
    words = list(_but_speculation(command))
    words[words.index("--port") + 1] = str(port)
    with (home / "without.log").open("wb") as log:
        return subprocess.Popen(
            words, env={**os.environ, **VARIABLES}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        ), port  # fmt: skip


def _but_speculation(command: tuple[str, ...]) -> Iterator[str]:
    """The command's words, but those flags and what follows each."""
    dropped = False
    for word in command:
        if word.startswith("--"):
            dropped = word.startswith((SPECULATION, "--enable-multi-layer-eagle"))
        if not dropped:
            yield word


def _answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        raise SystemExit("the server without speculation did not start")
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=5).is_success
    except httpx.HTTPError:  # not yet
        return False


def _compare(ports: dict[str, int], prompts: list[list[int]]) -> None:
    """Seconds of all replies, each less those of its first token, so that reading the prompt does not count; the
    first round, in which it is read, is left out."""
    seconds: dict[str, list[float]] = {name: [] for name in ports}
    said: dict[str, list[dict[str, Any]]] = {}
    for _ in range(ROUNDS + 1):
        for name, port in ports.items():
            first = sum(_timed(port, prompt, 1)[0] for prompt in prompts)
            replies = [_timed(port, prompt, LONGEST) for prompt in prompts]
            seconds[name].append(sum(took for took, _ in replies) - first)
            said[name] = [answer for _, answer in replies]
    middle = {name: median(found[1:]) for name, found in seconds.items()}
    for name, found in seconds.items():
        tokens = sum(len(answer["output_ids"]) - 1 for answer in said[name])
        print(f"{name} MTP: {tokens / middle[name]:.0f} tokens a second", [round(each, 2) for each in found[1:]])
    print(f"ratio of the medians: {middle['without'] / middle['with']:.2f}")
    steps = sum(answer["meta_info"]["spec_verify_ct"] for answer in said["with"])
    tokens = sum(len(answer["output_ids"]) for answer in said["with"])
    print(f"{tokens} tokens in {steps} steps of verification: {tokens / steps:.2f}")
    same = [one["output_ids"] == two["output_ids"] for one, two in zip(*said.values(), strict=True)]
    print(f"the same tokens in {sum(same)} of {len(same)} replies")


def _timed(port: int, prompt: list[int], tokens: int) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    answer = generate(port, prompt, tokens, to_its_end=True)
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    if not CPU.is_made:
        raise SystemExit(f"there is no environment of the real SGLang: {sys.executable} {HERE / 'environment.py'}")
    main()
