"""Settings come from the right place, and `mimosa config` says which."""

import io
import json
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

from agent.config import Layer, Loaded, config_json, config_rows, config_table, load_settings
from agent.config.environment import variables
from agent.config.expect import expectation
from agent.config.named_settings import NAMED
from agent.config.settings import SECTIONS, all_keys

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


class Home:
    """A user's home and a repository, on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "my project"
        self.repository.mkdir(parents=True)
        self.user_file = folder / ".config" / "mimosa" / "config.toml"
        self.project_file = self.repository / ".mimosa" / "config.toml"

    def user(self, text: str) -> None:
        self.user_file.parent.mkdir(parents=True, exist_ok=True)
        self.user_file.write_text(text, encoding="utf-8")

    def project(self, text: str) -> None:
        self.project_file.parent.mkdir(parents=True, exist_ok=True)
        self.project_file.write_text(text, encoding="utf-8")

    def load(self, flags: dict[str, object] | None = None, **environment: str) -> Loaded:
        return load_settings(self.repository, {"HOME": str(self.folder), **environment}, flags)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_without_any_file_everything_is_a_default(home: Home) -> None:
    loaded = home.load()
    assert loaded.settings.sandbox.backend == "docker"
    assert {origin.layer for origin in loaded.origins.values()} == {Layer.DEFAULT}
    assert set(loaded.origins) == set(all_keys())


def test_a_flag_beats_the_environment_beats_the_project_beats_the_user(home: Home) -> None:
    home.user("[limits]\nsteps = 1\nseconds = 1\ntokens = 1\nmodel_seconds = 1\n")
    home.project("[limits]\nsteps = 2\nseconds = 2\ntokens = 2\n")
    loaded = home.load({"limits.steps": 4}, MIMOSA_LIMITS_STEPS="3", MIMOSA_LIMITS_SECONDS="3")
    limits = loaded.settings.limits
    assert (limits.steps, limits.seconds, limits.tokens, limits.model_seconds) == (4, 3, 2, 1)
    assert str(loaded.origins["limits.steps"]) == "the command line"
    assert str(loaded.origins["limits.seconds"]) == "MIMOSA_LIMITS_SECONDS"
    assert str(loaded.origins["limits.tokens"]) == f"{home.project_file}:4"
    assert str(loaded.origins["limits.model_seconds"]) == f"{home.user_file}:5"


def test_a_flag_that_was_not_given_changes_nothing(home: Home) -> None:
    home.user("[model]\nname = 'mine'\n")
    assert home.load({"model.name": None}).settings.model.name == "mine"


def test_the_users_file_is_where_the_xdg_variable_says(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "mimosa").mkdir(parents=True)
    (elsewhere / "mimosa" / "config.toml").write_text("[model]\nname = 'there'\n")
    assert home.load(XDG_CONFIG_HOME=str(elsewhere)).settings.model.name == "there"
    assert home.load(XDG_CONFIG_HOME="relative").settings.model.name == ""


def test_the_short_names_of_the_environment_set_the_model(home: Home) -> None:
    loaded = home.load(
        MIMOSA_BASE_URL="https://box/v1", MIMOSA_MODEL="m", MIMOSA_API_KEY="k\n", MIMOSA_PROFILE="p"
    )
    model = loaded.settings.model
    assert (model.base_url, model.name, model.profile) == ("https://box/v1", "m", "p")
    assert model.api_key.get_secret_value() == "k"


def test_every_setting_but_trust_has_a_variable() -> None:
    assert set(variables().values()) == {key for key in all_keys() if not key.startswith("trust.")}


def test_an_empty_variable_counts_as_not_set(home: Home) -> None:
    home.user("[model]\nname = 'mine'\n")
    assert home.load(MIMOSA_MODEL="").settings.model.name == "mine"


def test_a_list_in_the_environment_has_one_item_a_line(home: Home) -> None:
    loaded = home.load(MIMOSA_SANDBOX_SETUP="pip install -e .\n\nmake\n")
    assert loaded.settings.sandbox.setup == ("pip install -e .", "make")


def test_lists_numbers_and_text_come_out_of_a_file_as_they_are(home: Home) -> None:
    home.project('[sandbox]\nsetup = ["pip install -e .", "make"]\ncpus = 3\ntest = "pytest -q é"\n')
    sandbox = home.load().settings.sandbox
    assert (sandbox.setup, sandbox.cpus, sandbox.test) == (("pip install -e .", "make"), 3.0, "pytest -q é")


def test_a_file_saved_with_a_byte_order_mark_is_read(home: Home) -> None:
    home.project("\ufeff[sandbox]\ntest = 'make'\n")
    assert home.load().settings.sandbox.test == "make"


def test_a_key_file_with_mode_600_is_read_relative_to_the_file_that_names_it(home: Home) -> None:
    home.user("[model]\napi_key_file = 'key'\n")
    key = home.user_file.parent / "key"
    key.write_text("sk-from-file\n")
    key.chmod(0o600)
    loaded = home.load()
    assert loaded.settings.model.api_key.get_secret_value() == "sk-from-file"
    assert str(loaded.origins["model.api_key"]) == str(key)


def test_a_key_in_the_environment_beats_a_key_file(home: Home) -> None:
    home.user("[model]\napi_key_file = '~/key that is not even there'\n")
    loaded = home.load(MIMOSA_API_KEY="sk-env")
    assert loaded.settings.model.api_key.get_secret_value() == "sk-env"
    assert str(loaded.origins["model.api_key"]) == "MIMOSA_API_KEY"


def test_outside_a_repository_the_users_file_still_counts(home: Home) -> None:
    home.user("[model]\nname = 'mine'\n")
    assert load_settings(None, {"HOME": str(home.folder)}).settings.model.name == "mine"


def test_a_project_that_the_user_trusts_may_name_its_endpoint(home: Home) -> None:
    home.project("[model]\nbase_url = 'http://box/v1'\n[sandbox]\nbackend = 'local'\n")
    home.user(f"[trust]\nprojects = ['{home.repository}']\n")
    assert home.load().settings.model.base_url == "http://box/v1"
    home.user("[trust]\nprojects = ['~/other', '~/my project']\n")
    assert home.load().settings.sandbox.backend == "local"


def test_the_listing_names_every_value_and_its_place_and_no_secret(home: Home) -> None:
    home.user("[sandbox]\n\nsetup = ['one', 'two']\n")
    loaded = home.load(MIMOSA_API_KEY="sk-secret", MIMOSA_BASE_URL="https://user:pw@box/v1")
    rows = {row.key: row for row in config_rows(loaded)}
    assert rows["sandbox.setup"].value == ["one", "two"]
    assert rows["model.api_key"].value == "********"
    assert rows["model.base_url"].value == "https://********@box/v1"
    console = Console(width=300)
    with console.capture() as captured:
        console.print(config_table(loaded))
    screen = captured.get()
    everything = screen + config_json(loaded) + repr(loaded)
    assert "sk-secret" not in everything
    assert "user:pw" not in screen + config_json(loaded)
    assert f"{home.user_file}:3" in screen
    assert f"not there: {home.project_file}" in screen


def test_the_json_listing_tells_value_layer_and_line(home: Home) -> None:
    home.project("[sandbox]\nmemory_mb = 512\n")
    told = json.loads(config_json(home.load()))
    assert told["settings"]["sandbox.memory_mb"] == {
        "value": 512,
        "layer": "project",
        "from": str(home.project_file),
        "line": 2,
    }
    assert told["files"][1] == {"path": str(home.project_file), "found": True}


def test_the_documentation_has_every_setting_with_its_default_and_meaning() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            row = next((line for line in text.splitlines() if line.startswith(f"| `{section}.{key}` |")), "")
            assert row, f"{section}.{key} is not documented"
            assert field.description is not None
            assert " ".join(field.description.split()) in row, f"{section}.{key}: another meaning: {row}"
            assert expectation(field) in row, f"{section}.{key}: expects {expectation(field)}"


def test_servers_and_hooks_are_shown_with_where_they_stand(home: Home) -> None:
    home.user("[mcp.docs]\nurl = 'http://me:secret@x/mcp'\n[hooks.lint]\non = 'turn_end'\ncommand = 'make lint'\n")
    loaded = home.load()
    told = json.loads(config_json(loaded))
    assert told["mcp"] == {"docs": f"{home.user_file}:1"} and told["hooks"] == {"lint": f"{home.user_file}:3"}
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(config_table(loaded))
    shown = console.export_text()
    assert "mcp.docs" in shown and "make lint" in shown and "secret" not in shown


def test_the_documentation_has_every_key_of_a_server_and_a_hook() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for section, model in NAMED.items():
        for key, field in model.model_fields.items():
            row = next((line for line in text.splitlines() if line.startswith(f"| `{section}.NAME.{key}` |")), "")
            assert field.description is not None
            assert " ".join(field.description.split()) in row and expectation(field) in row, f"{section}.{key}"


def test_the_example_in_the_documentation_is_a_valid_file(home: Home) -> None:
    examples = DOCS.read_text(encoding="utf-8").split("```toml\n")[1:]
    assert len(examples) >= 2
    examples += DOCS.with_name("knowledge.md").read_text(encoding="utf-8").split("```toml\n")[1:]
    for example in examples:
        text = example.split("```")[0]
        tomllib.loads(text)
        home.user(text.replace("api_key_file", "# api_key_file"))
        home.load()
