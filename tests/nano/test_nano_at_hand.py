"""Where the small model answers, what it is offered, and what it is told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.config.load import Loaded, load_settings
from agent.config.settings import SandboxSettings
from agent.equip import sampling_of, toolbox_of
from agent.serving.see_to import see_to_model, stands_in
from model_runtime.base import ServerInfo
from model_runtime.errors import ModelRefused, ModelUnavailable
from model_runtime.metrics.base import Counters
from model_runtime.metrics.own import OwnReader
from model_runtime.metrics.session import SessionMeter
from model_runtime.nano.at_hand import find_checkpoint, is_nano
from model_runtime.open import open_model
from prompts.render import chat_prompt, system_prompt
from sandbox.local import LocalSandbox
from tests.nano.heard import Heard

NANO = ServerInfo("mimosa-nano", 4096, profile="nano")


@pytest.fixture
def nano(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine without GPUs, and the name of a checkpoint on it."""
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", "/nowhere")
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    return f"nano:{folder}"


def settings(fallback: str, **further: str) -> Loaded:
    return load_settings(None, {"MIMOSA_MODEL_FALLBACK": fallback, **further})


def test_with_nothing_else_the_small_model_answers_and_says_so_in_one_line(nano: str) -> None:
    front = Heard()
    loaded = see_to_model(settings(nano), front)
    assert loaded.settings.model.name == nano
    (line,) = front.said
    assert "mimosa-nano answers, for small bugs only" in line
    assert "--base-url" in line and "mimosa serve" in line


@pytest.mark.parametrize(
    "named",
    [
        {"MIMOSA_BASE_URL": "http://127.0.0.1:1/v1"},
        {"MIMOSA_MODEL": "mimo-v2-flash"},
        {"MIMOSA_PROFILE": "mimo-v2-flash"},
        {"MIMOSA_MODEL": "replay:somewhere"},
        {"MIMOSA_SERVE_GPUS": "8xH200"},
    ],
)
def test_what_was_named_is_never_replaced(nano: str, named: dict[str, str]) -> None:
    assert not stands_in(settings(nano, **named))


def test_where_it_is_not_there_or_not_wanted_the_choices_are_told(nano: str, tmp_path: Path) -> None:
    for fallback in ("none", f"nano:{tmp_path / 'empty'}"):
        with pytest.raises(ModelUnavailable, match="No model to ask"):
            see_to_model(settings(fallback), Heard())
    assert stands_in(settings(nano))


def test_a_checkpoint_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"no file model\.safetensors"):
        open_model(f"nano:{tmp_path}")
    assert is_nano("nano") and is_nano("nano:x") and not is_nano("nanook")
    assert find_checkpoint(f"nano:{tmp_path}") is None


def test_it_is_offered_the_trio_that_it_was_trained_on(tmp_path: Path) -> None:
    toolbox = toolbox_of(SandboxSettings(), LocalSandbox(tmp_path), NANO)
    assert [spec.name for spec in toolbox.specs] == ["bash", "str_replace", "finish"]
    everybody = toolbox_of(SandboxSettings(), LocalSandbox(tmp_path), replace(NANO, profile="generic"))
    assert len(everybody.specs) > 3


def test_its_system_prompt_is_one_text_in_fix_and_in_a_conversation_on_any_day() -> None:
    one = system_prompt(date(2026, 1, 1), "nano")
    assert system_prompt(date(2027, 2, 2), "nano") == one
    assert chat_prompt(date(2026, 1, 1), "nano", workspace="/w", test_command="pytest") == one


def test_it_is_asked_greedily(nano: str) -> None:
    assert sampling_of(settings(nano), NANO).temperature == 0


class Counted:
    """A model that has written some tokens."""

    def __init__(self) -> None:
        self.so_far = Counters(prompt=100, cached=0, generated=10, steps=10)

    def counters(self) -> Counters:
        return self.so_far


async def test_a_session_s_acceptance_is_that_of_its_own_tokens() -> None:
    from model_runtime.base import Usage

    model = Counted()
    meter = SessionMeter(OwnReader(model), here=False)
    await meter.begin()
    model.so_far = Counters(prompt=1100, cached=800, generated=370, steps=110)
    figures = await meter.figures(Usage(prompt_tokens=1000, completion_tokens=360, cached_tokens=800), 2.0)
    assert (figures.acceptance, figures.tokens_per_s, figures.hit_rate) == (3.6, 180.0, 0.8)
    assert meter.latest is not None and meter.latest.acceptance == 3.6
