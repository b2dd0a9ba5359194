"""`mimosa models` tells what is known of each model, and where that is from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.config.load import load_settings
from agent.serving.endpoint import endpoint_of
from model_runtime.family import find_member, members
from model_runtime.nano.at_hand import NANO, find_checkpoint
from model_runtime.profile_sources import source_of, sources_in
from model_runtime.serving.cards import family

OWN = """\
description = "ours"
context_length = 4096

[serve]
repository = "org/ours"
precision = "bf16"
weights = { bf16 = 1_000 }  # weighed
[serve.global_layers]
count = 2
heads = 4
kv_heads = 4
head_dim = 64
v_head_dim = 64
"""
HOSTED = 'base_url = "https://models.example.com/v1"\nmodel = "big"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's configuration with two profiles of their own."""
    folder = tmp_path / "mimosa/profiles"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text(OWN)
    (folder / "hosted.toml").write_text(HOSTED)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def mimosa(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "agent.cli", *words], capture_output=True, text=True, timeout=60)


def test_the_small_model_comes_first_where_it_is_there() -> None:
    names = [member.name for member in members()]
    assert names.index(NANO) == 0 if find_checkpoint(NANO) else NANO not in names


def test_the_family_is_listed_with_what_each_needs() -> None:
    listed = {each["name"]: each for each in json.loads(mimosa("models", "--json").stdout)}
    expected = ["mimo-v2-flash", "mimo-v2.5", "mimo-v2.5-pro", "mimo-v2.6-flash", "mimo-v2.6-pro"]
    assert set(listed) >= {*expected, "mimo-7b-rl", "mimo-v2.6-distill-qwen-9b"}
    flash = listed["mimo-v2-flash"]["serve"]
    assert (flash["weights"]["fp8"], flash["speculation"], flash["mtp"]["layers"]) == (312_000_000_000, "mtp", 3)
    assert flash["launch"]["tool_call_parser"] == flash["launch"]["reasoning_parser"] == "mimo"
    profile = listed["mimo-v2-flash"]["profile"]
    assert profile["chat_template_kwargs"] == {"enable_thinking": True, "keep_all_reasoning": True}
    assert profile["sampling"]["temperature"] == 0.3


def test_every_number_of_a_servable_profile_has_a_source() -> None:
    for card in family(Path("/nowhere")):
        member = find_member(card.name, Path("/nowhere"))
        numbers = [fact for fact in member.facts if fact.key.startswith(("serve.weights", "serve.mtp"))]
        numbers += [fact for fact in member.facts if "_layers." in fact.key or "experts" in fact.key]
        assert numbers
        assert [fact.key for fact in numbers if not fact.source] == []


def test_one_model_is_shown_with_its_sources() -> None:
    shown = mimosa("models", "mimo-v2-flash").stdout
    assert "serve.global_layers.kv_heads" in shown
    assert "transformers 5.23, MiMoV2FlashConfig" in shown
    assert mimosa("models", "mimo-v9").returncode == 2


@pytest.mark.usefixtures("home")
def test_a_user_s_profile_is_listed_and_can_be_planned() -> None:
    listed = mimosa("models").stdout
    assert "ours (yours)" in listed
    assert "https://models.example.com/v1" in listed
    done = mimosa("serve", "--plan", "--profile", "ours", "--gpus", "1x24GB", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["repository"] == "org/ours"


@pytest.mark.usefixtures("home")
def test_a_hosted_model_is_a_profile_with_a_base_url() -> None:
    found = endpoint_of(load_settings(None, {**os.environ, "MIMOSA_PROFILE": "hosted"}))
    assert found is not None
    assert (found.base_url, found.model) == ("https://models.example.com/v1", "big")
    over = {"MIMOSA_PROFILE": "hosted", "MIMOSA_BASE_URL": "http://127.0.0.1:1/v1", "MIMOSA_MODEL": "m"}
    found = endpoint_of(load_settings(None, {**os.environ, **over}))
    assert found is not None
    assert (found.base_url, found.model) == ("http://127.0.0.1:1/v1", "m")


def test_a_broken_profile_is_named(home: Path) -> None:
    (home / "mimosa/profiles/ours.toml").write_text("context_length = 'long'\n")
    done = mimosa("models")
    assert done.returncode == 2
    assert "ours.toml" in done.stderr


def test_a_profile_of_one_s_own_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mimo-v2-flash.toml").write_text(OWN)
    (found,) = [each for each in members(tmp_path) if each.name == "mimo-v2-flash"]
    assert found.own
    assert found.profile.context_length == 4096


def test_a_source_stands_beside_a_number_or_above_it() -> None:
    sources = sources_in(
        '# top\na = "x # y"\n\n[t]\nb = "#"  # beside\n# above\nc = 1\n\n# of all\n[t.u]\nd = 1\n'
    )
    assert sources == {"a": "top", "t.b": "beside", "t.c": "above", "t.u": "of all"}
    assert source_of(sources, "t.u.d") == "of all"
    assert source_of(sources, "t.e") == ""
