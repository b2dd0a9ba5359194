"""The commands are the ones that start SGLang 0.5.23."""

import ast
import importlib.util
import subprocess
from pathlib import Path

import pytest

from model_runtime.serving.cards import family, find_card
from model_runtime.serving.command import ROUTER, SERVER, LaunchCommand
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.plan import make_plan

FLASH = find_card("mimo-v2-flash")


def commands(gpus: str, nodes: int = 1, replicas: int = 1) -> tuple[LaunchCommand, ...]:
    return make_plan(FLASH, parse_gpus(gpus, nodes), replicas=replicas).commands


def values(command: LaunchCommand) -> dict[str, str | None]:
    return {flag.name: flag.value for flag in command.flags}


def test_eight_h200_are_started_as_sglang_s_notes_say() -> None:
    (command,) = commands("8xH200")
    assert command.module == SERVER
    expected = {
        "--model-path": "XiaomiMiMo/MiMo-V2-Flash",
        "--tp-size": "8",
        "--attn-dp-size": "2",
        "--context-length": "262144",
        "--attention-backend": "fa3",
        "--speculative-algorithm": "EAGLE",
        "--speculative-num-steps": "3",
        "--speculative-eagle-topk": "1",
        "--speculative-num-draft-tokens": "4",
        "--reasoning-parser": "mimo",
        "--tool-call-parser": "mimo",
        "--swa-full-tokens-ratio": "0.1",
    }
    assert expected.items() <= values(command).items()


def test_no_flag_of_the_model_s_outdated_instructions_is_used() -> None:
    old = {"--enable-mtp", "--enable-dp-attention", "--dp-size", "--cuda-graph-max-bs"}
    for gpus in ("8xH200", "4xB200"):
        assert not old & set(values(commands(gpus)[0]))


@pytest.mark.parametrize(
    ("gpus", "attention", "experts"),
    [
        ("4xH200", "fa3", None),
        ("4xB200", "fa4", "flashinfer_trtllm"),
        ("4xMI355X", "aiter", None),
        ("8xRTX-PRO-6000", "triton", None),
        ("8x96GB", None, None),
    ],
)
def test_kernels_follow_the_card(gpus: str, attention: str | None, experts: str | None) -> None:
    found = values(commands(gpus)[0])
    assert found.get("--attention-backend") == attention
    assert found.get("--moe-runner-backend") == experts


def test_mxfp4_experts_have_a_runner_of_their_own() -> None:
    card = find_card("mimo-v2.6-flash")
    runners = {
        gpus: values(make_plan(card, parse_gpus(gpus)).commands[0])["--moe-runner-backend"]
        for gpus in ("4xH200", "4xB200")
    }
    assert runners == {"4xH200": "marlin", "4xB200": "flashinfer_mxfp4"}


def test_two_machines_get_one_command_each() -> None:
    found = commands("8xH200", nodes=2)
    assert [command.node for command in found] == [0, 1]
    assert [values(command)["--node-rank"] for command in found] == ["0", "1"]
    assert {values(command)["--dist-init-addr"] for command in found} == {"NODE0:20000"}
    assert {values(command)["--tp-size"] for command in found} == {"16"}


def test_replicas_share_no_port_and_no_gpu_and_get_a_router() -> None:
    *servers, router = commands("8xH200", replicas=2)
    assert [command.port for command in servers] == [30_001, 30_002]
    assert [values(command).get("--base-gpu-id") for command in servers] == [None, "4"]
    assert router.module == ROUTER
    assert "http://127.0.0.1:30001 http://127.0.0.1:30002" in " ".join(router.argv())


def test_replicas_over_machines_are_found_by_the_router() -> None:
    *servers, router = commands("8xH200", nodes=4, replicas=2)
    assert [(command.replica, command.node) for command in servers] == [(0, 0), (0, 1), (1, 2), (1, 3)]
    urls = [word for word in router.argv() if word.startswith("http")]
    assert urls == ["http://NODE0:30001", "http://NODE2:30001"]


def test_a_command_reads_the_same_in_a_shell_and_as_words() -> None:
    (command,) = commands("8xH200")
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {command.text()}"], capture_output=True, text=True, check=True
    )
    assert tuple(said.stdout.splitlines()) == command.argv()


def test_every_flag_has_a_reason() -> None:
    for gpus, nodes, replicas in (("8xH200", 1, 1), ("6xH200", 2, 2), ("4xB200", 1, 1)):
        for command in commands(gpus, nodes, replicas):
            assert all(flag.why for flag in command.flags)


def test_every_flag_is_one_of_the_installed_sglang() -> None:
    """Reads the names from SGLang's field declarations; needs `sglang` on the path, not torch."""
    found = importlib.util.find_spec("sglang")
    if found is None or not found.submodule_search_locations:
        pytest.skip("sglang is not installed here")
    fields = Path(next(iter(found.submodule_search_locations))) / "srt" / "arg_groups" / "fields"
    known = {name for file in fields.glob("*.py") for name in declared(file)}
    assert known, f"no fields in {fields}: SGLang has moved them"
    used = {
        flag.name
        for card in family()
        if card.global_layers is not None
        for gpus, nodes, replicas in (("8xB300", 1, 1), ("8xH200", 2, 1), ("8xH200", 1, 2))
        for command in make_plan(card, parse_gpus(gpus, nodes), replicas=replicas).commands
        if command.module == SERVER
        for flag in command.flags
    }
    assert used <= known


def declared(file: Path) -> set[str]:
    """Flags that a file of SGLang's fields declares: annotated names of its classes, with dashes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        "--" + statement.target.id.replace("_", "-")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
