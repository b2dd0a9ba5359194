"""A plan can be read on a narrow terminal, a wide one and in a pipe, and by programs."""

import io
import json
from pathlib import Path

import pytest
from hub_folders import checkpoint
from rich.console import Console

from agent.commands.serve import ServeOptions, run_plan
from agent.serving.start import Wish
from model_runtime.serving.cards import family, find_card
from model_runtime.serving.gpus import parse_gpus
from model_runtime.serving.plan import make_plan
from model_runtime.serving.show import show_plan

WORDS_OF_A_COMMAND = ("    --", "python -m")


def shown(gpus: str, width: int, *, nodes: int = 1, replicas: int = 1) -> str:
    plan = make_plan(
        find_card("mimo-v2-flash"), parse_gpus(gpus, nodes), replicas=replicas, others=family(), context=None
    )
    out = io.StringIO()
    show_plan(plan, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("gpus", ["8xH200", "1xH200", "6xB200"])
def test_only_a_command_may_be_wider_than_the_terminal(gpus: str, width: int) -> None:
    for line in shown(gpus, width).splitlines():
        assert len(line) <= width or line.startswith(WORDS_OF_A_COMMAND)


def test_every_gpu_has_a_bar_and_idle_ones_are_empty() -> None:
    bars = [line for line in shown("6xB200", 80).splitlines() if line.startswith("GPU ")]
    assert len(bars) == 6
    assert "█" in bars[3]
    assert "█" not in bars[4]


def test_without_colour_the_parts_still_differ() -> None:
    bar = next(line for line in shown("8xH200", 120).splitlines() if line.startswith("GPU 0"))
    assert {"█", "▓", "▒", "░", "·"} <= set(bar)
    assert "\x1b" not in shown("8xH200", 120)


def planned(
    gpus: str, *, profile: str | None = None, model_path: Path | None = None, json: bool = False, **wish: int
) -> ServeOptions:
    flags = {
        "serve.gpus": gpus,
        "serve.profile": profile,
        "serve.model_path": str(model_path) if model_path else None,
    }
    return ServeOptions(flags, Wish(**wish), json=json)


def test_expectations_are_marked_as_such() -> None:
    assert "Expected, not measured" in shown("8xH200", 200)


def test_a_plan_that_does_not_fit_shows_what_is_missing_and_what_would() -> None:
    text = shown("1xH200", 80)
    assert "does not fit" in text
    assert "! missing" in text
    assert "What would fit" in text


def test_json_adds_up_and_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plan(planned(gpus="8xH200", json=True)) == 0
    said = json.loads(capsys.readouterr().out)
    memory = said["memory_per_gpu"]
    assert sum(size for name, size in memory.items() if name not in ("total", "short")) == memory["total"]
    assert said["commands"][0]["argv"][:3] == ["python", "-m", "sglang.launch_server"]
    assert said["expected"]["measured"] is False


def test_what_does_not_fit_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plan(planned(gpus="1xH200", json=True)) == 1
    assert json.loads(capsys.readouterr().out)["commands"] == []


def test_a_folder_can_be_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plan(planned(model_path=checkpoint(tmp_path / "m"), gpus="1xH200")) == 0
    assert str(tmp_path) in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        planned(profile="mimo-v2-flash", model_path=Path("x"), gpus="1xL4"),
        planned(profile="nothing", gpus="1xL4"),
        planned(gpus="many"),
        planned(gpus="8xH200", nodes=0),
        planned(gpus="8xH200", replicas=9),
        planned(gpus="8xH200", replicas=0),
        planned(gpus="8xH200", nodes=3, replicas=2),
        planned(gpus="8xH200", context=0),
    ],
)
def test_wrong_options_end_with_2_and_one_message(
    options: ServeOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run_plan(options)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("mimosa: ")
