"""Profiles: shipped ones, the user's own, and clear words about a wrong one."""

from pathlib import Path

import pytest

from model_runtime.errors import ModelRefused
from model_runtime.profiles import SHIPPED, find_profile, match_profile, read_profile


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_right(path: Path) -> None:
    profile = read_profile(path)
    assert profile.name == path.stem
    assert profile.matches


@pytest.mark.parametrize("model", ["mimo-v2-flash", "XiaomiMiMo/MiMo-V2-Flash", "/models/MiMo-V2-Flash-FP8"])
def test_mimo_is_known_by_the_names_it_is_served_under(model: str, tmp_path: Path) -> None:
    assert match_profile(model, user=tmp_path).name == "mimo-v2-flash"


@pytest.mark.parametrize("model", ["gpt-x", "qwen3-coder", "", "default"])
def test_any_other_model_is_generic(model: str, tmp_path: Path) -> None:
    profile = match_profile(model, user=tmp_path)
    assert profile.name == "generic"
    assert profile.chat_template_kwargs == {}
    assert profile.thinking is None


def test_the_users_own_profile_comes_first_and_may_replace_a_shipped_one(tmp_path: Path) -> None:
    write(tmp_path, "ours", 'matches = ["*Flash*"]\ncontext_length = 5')
    write(tmp_path, "generic", 'identity = "mimo"')
    assert match_profile("mimo-v2-flash", user=tmp_path).name == "ours"
    assert match_profile("gpt-x", user=tmp_path).identity == "mimo"
    assert find_profile("ours", user=tmp_path).context_length == 5


def test_the_users_own_lie_in_the_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mimosa" / "profiles"
    folder.mkdir(parents=True)
    write(folder, "mine", 'matches = ["mine"]')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert match_profile("mine").name == "mine"


def test_a_table_of_another_part_of_mimosa_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "future", 'identity = "mimo"\n[hardware]\ngpus = 8')
    assert read_profile(path).identity == "mimo"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("context_length = 0", "context_length"),
        ('send_reasoning = "sometimes"', "send_reasoning"),
        ("temprature = 1", "temprature"),
        ("[sampling]\ntemprature = 1", "sampling.temprature"),
        ("not toml", "line 1"),
    ],
)
def test_a_wrong_profile_names_its_file_and_its_key(text: str, word: str, tmp_path: Path) -> None:
    path = write(tmp_path, "wrong", text)
    with pytest.raises(ModelRefused, match=word) as caught:
        read_profile(path)
    assert str(path) in str(caught.value)


def test_an_unknown_profile_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"generic, .*mimo-v2-flash"):
        find_profile("mimo", user=tmp_path)


def test_a_reply_gets_a_quarter_of_a_small_context_at_most(tmp_path: Path) -> None:
    profile = find_profile("mimo-v2-flash", user=tmp_path)
    assert profile.sampling_within(262_144).max_tokens == 32_768
    assert profile.sampling_within(32_768).max_tokens == 8_192
    assert profile.sampling_within(262_144).temperature == 0.3
