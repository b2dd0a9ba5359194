"""A wrong setting is told with its place, its key, what was expected and what was found."""

import os
from pathlib import Path

import pytest

from agent.config import load_settings
from agent.errors import UsageError


def _fails(tmp_path: Path, *, project: str | bytes = "", user: str = "", **environment: str) -> str:
    """The error's words, with the folders shortened to PROJECT and USER."""
    repository, config = tmp_path / "repository", tmp_path / "config"
    (repository / ".mimosa").mkdir(parents=True, exist_ok=True)
    (config / "mimosa").mkdir(parents=True, exist_ok=True)
    if project:
        data = project.encode() if isinstance(project, str) else project
        (repository / ".mimosa" / "config.toml").write_bytes(data)
    if user:
        (config / "mimosa" / "config.toml").write_text(user)
    with pytest.raises(UsageError) as caught:
        load_settings(repository, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config), **environment})
    assert caught.value.exit_code == 2
    words = str(caught.value)
    return words.replace(str(repository / ".mimosa/config.toml"), "PROJECT").replace(
        str(config / "mimosa/config.toml"), "USER"
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "[sandbox]\nmemory_mb = 'lots'",
            "2",
            'sandbox.memory_mb: expected a whole number, at least 64, found the text "lots"',
        ),
        (
            "[sandbox]\n\nmemory_mb = 1",
            "3",
            "sandbox.memory_mb: expected a whole number, at least 64, found the number 1",
        ),
        (
            "[sandbox]\nmemory_mb = 99.5",
            "2",
            "sandbox.memory_mb: expected a whole number, at least 64, found the number 99.5",
        ),
        ("[limits]\nsteps = true", "2", "limits.steps: expected a whole number, at least 0, found true"),
        (
            "[limits]\nsteps = 2026-11-23",
            "2",
            "limits.steps: expected a whole number, at least 0, found a date or time",
        ),
        ("[sandbox]\ntest = 2026-11-23", "2", "sandbox.test: expected a text, found a date or time"),
        ("[sandbox]\ntest = ['pytest']", "2", "sandbox.test: expected a text, found a list"),
        ("[sandbox]\nsetup = 'make'", "2", 'sandbox.setup: expected a list of texts, found the text "make"'),
        ("[sandbox]\nsetup = [\n'a',\n7,\n]", "4", "sandbox.setup[1]: expected a text, found the number 7"),
        ("[sandbox.image]\nname = 'x'", "1", "sandbox.image: expected a text, found a table"),
        ("[sandbox]\ncpus = inf", "2", "sandbox.cpus: expected a number, above 0, found the number inf"),
        (
            "[compaction]\nthreshold = 60",
            "2",
            "compaction.threshold: expected a number, above 0 and below 1, found the number 60",
        ),
        ("sandbox = 'docker'", "1", "sandbox: expected a table, written [sandbox] on its own line"),
        ("[sandbox]\nmemroy_mb = 512", "2", "unknown key sandbox.memroy_mb; did you mean sandbox.memory_mb?"),
        ("[sandbox]\n'x y' = 512", "2", "unknown key sandbox.x y; `mimosa config` prints the known ones"),
        ("[model]\nsteps = 5", "2", "unknown key model.steps; did you mean limits.steps?"),
        ("\n[sandbx]\nimage = ''", "2", "unknown section [sandbx]; did you mean [sandbox]?"),
        (
            "[zzz]",
            "1",
            "unknown section [zzz]; known are [model], [serve], [sandbox], [limits], [compaction], "
            "[knowledge], [tools], [permission], [files], [trust], [mcp], [hooks]",
        ),
        (
            "steps = 4",
            "1",
            "unknown key steps; did you mean limits.steps?; every key stands under a section, such as [model]",
        ),
        ("[sandbox]\nimage = 'a\n", "2", 'broken TOML: sandbox.image is not closed: Expected "\'"'),
        ("[sandbox]\nsetup = ['a'", "2", "broken TOML: sandbox.setup is not closed: Unclosed array"),
        (
            "[sandbox]\ntest = 'a'\ntest = 'b'",
            "3:11",
            "broken TOML at line 3, column 11: Cannot overwrite a value",
        ),
        (b"[sandbox]\ntest = '\xff'", "2", "byte 0xff is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_wrong_file_is_told_by_line_and_key(tmp_path: Path, text: str | bytes, place: str, words: str) -> None:
    assert _fails(tmp_path, project=text) == f"PROJECT:{place}: {words}"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (
            {"MIMOSA_LIMITS_STEPS": "many"},
            'MIMOSA_LIMITS_STEPS: limits.steps: expected a whole number, at least 0, found the text "many"',
        ),
        (
            {"MIMOSA_BASE_URL": "box:8000"},
            "MIMOSA_BASE_URL: model.base_url: expected an address that starts with http:// or https://, "
            'found the text "box:8000"',
        ),
        (
            {"MIMOSA_SANDBOX_BACKEND": "podman"},
            'MIMOSA_SANDBOX_BACKEND: sandbox.backend: expected "docker" or "local", found the text "podman"',
        ),
        (
            {"MIMOSA_SANDBOX_IMAG": "x"},
            "MIMOSA_SANDBOX_IMAG: unknown environment variable; did you mean MIMOSA_SANDBOX_IMAGE?",
        ),
        ({"MIMOSA_BASEURL": "x"}, "MIMOSA_BASEURL: unknown environment variable; did you mean MIMOSA_BASE_URL?"),
        (
            {"MIMOSA_MODEL": "a", "MIMOSA_MODEL_NAME": "b"},
            "MIMOSA_MODEL and MIMOSA_MODEL_NAME both set model.name, to different values; unset one of them",
        ),
        (
            {"MIMOSA_TRUST_PROJECTS": "/"},
            "MIMOSA_TRUST_PROJECTS: trust counts in your own configuration file alone, under [trust]",
        ),
        (
            {"MIMOSA_API_KEY": "two words"},
            "MIMOSA_API_KEY: expected a key of printable ASCII characters on one line, found something else",
        ),
    ],
)
def test_a_wrong_variable_is_told_by_name(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    assert _fails(tmp_path, **environment) == words


def test_another_programs_variable_is_left_alone(tmp_path: Path) -> None:
    load_settings(tmp_path, {"HOME": str(tmp_path), "MIMOSA_COLOUR": "yellow"})


def test_a_mistake_in_the_users_file_is_told_even_where_the_project_overrides_it(tmp_path: Path) -> None:
    words = _fails(tmp_path, user="[limits]\nsteps = 'x'", project="[limits]\nsteps = 3")
    assert words.startswith("USER:2: limits.steps: ")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[model]\nbase_url = 'http://evil/v1'", "model.base_url"),
        ("[sandbox]\nbackend = 'local'", "sandbox.backend"),
        ("[sandbox]\nnetwork = 'host'", "sandbox.network"),
        ("[sandbox]\nruntime = 'runc'", "sandbox.runtime"),
        ("[serve]\nflags = ['--model-path', '/tmp/x']", "serve.flags"),
        ("[serve]\nstart = 'always'", "serve.start"),
    ],
)
def test_a_project_may_not_choose_where_code_goes_or_runs(tmp_path: Path, text: str, key: str) -> None:
    words = _fails(tmp_path, project=text)
    assert words == (
        f"PROJECT:2: {key}: a repository's own file may not set this without your consent. Set it in USER or on "
        f"the command line, or trust the repository: mimosa trust --repo '{tmp_path / 'repository'}'"
    )


@pytest.mark.parametrize("listed", ["", "/", "~/", "~/repository/sub"])
def test_trust_is_for_the_repository_that_is_listed_and_no_other(tmp_path: Path, listed: str) -> None:
    words = _fails(
        tmp_path,
        user=f"[trust]\nprojects = [{listed!r}]" if listed else "",
        project="[model]\nbase_url = 'http://evil/v1'",
    )
    assert "without your consent" in words


def test_a_relative_path_in_trust_is_refused(tmp_path: Path) -> None:
    words = _fails(tmp_path, user="[trust]\nprojects = [\n'repository']", project="[limits]\nsteps = 1")
    assert words.startswith("USER:3: trust.projects[0]: expected an absolute path")


@pytest.mark.parametrize(
    "text", ["[trust]\nprojects = ['/']", "[model]\napi_key_file = 'id_rsa'", "[serve]\npython = './evil'"]
)
def test_a_project_never_grants_trust_or_names_a_key_even_when_trusted(tmp_path: Path, text: str) -> None:
    words = _fails(tmp_path, user=f"[trust]\nprojects = ['{tmp_path / 'repository'}']", project=text)
    assert "may never set this; it may be set in USER" in words


@pytest.mark.parametrize("where", ["user", "project"])
def test_a_key_in_a_configuration_file_is_refused_and_not_repeated(tmp_path: Path, where: str) -> None:
    text = "[model]\napi_key = 'sk-secret'"
    words = _fails(tmp_path, user=text) if where == "user" else _fails(tmp_path, project=text)
    assert words.startswith(
        f"{where.upper()}:2: model.api_key: a key is not kept in a configuration file; set MIMOSA_API_KEY"
    )
    assert "sk-secret" not in words


@pytest.mark.parametrize("path", ["/etc/Dockerfile", "../Dockerfile", "link/Dockerfile"])
def test_a_projects_dockerfile_lies_inside_the_repository(tmp_path: Path, path: str) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "link").symlink_to("/etc")
    words = _fails(tmp_path, project=f"[sandbox]\ndockerfile = '{path}'")
    assert words == f"PROJECT:2: sandbox.dockerfile: expected a file inside the repository, found '{path}'"


def test_saying_that_the_sandbox_stays_on_needs_no_consent(tmp_path: Path) -> None:
    (tmp_path / ".mimosa").mkdir()
    (tmp_path / ".mimosa" / "config.toml").write_text("[sandbox]\nbackend = 'docker'\nnetwork = 'none'\n")
    assert load_settings(tmp_path, {"HOME": str(tmp_path)}).settings.sandbox.network == "none"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    key = tmp_path / "key"
    key.write_text("sk-secret")
    key.chmod(mode)
    words = _fails(tmp_path, user="[model]\napi_key_file = '~/key'")
    assert words == f"{key}: the key file has mode {mode:03o}, so others can read it; run: chmod 600 '{key}'"


def test_a_key_file_that_is_missing_empty_or_no_file_is_told(tmp_path: Path) -> None:
    user = "[model]\napi_key_file = '~/key'"
    key = tmp_path / "key"
    assert "No such file" in _fails(tmp_path, user=user)
    key.touch(mode=0o600)
    assert _fails(tmp_path, user=user) == f"{key}: is empty; put the key into it"
    key.unlink()
    os.mkfifo(key, 0o600)
    assert "not a regular file" in _fails(tmp_path, user=user)


def test_a_folder_or_a_pipe_in_place_of_the_file_is_told_and_does_not_hang(tmp_path: Path) -> None:
    place = tmp_path / "repository" / ".mimosa" / "config.toml"
    place.mkdir(parents=True)
    assert _fails(tmp_path).startswith("PROJECT: is not a file")
    place.rmdir()
    os.mkfifo(place)
    assert _fails(tmp_path).startswith("PROJECT: is not a file")


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    place = tmp_path / "repository" / ".mimosa" / "config.toml"
    place.parent.mkdir(parents=True)
    place.symlink_to("/proc/self/mem")  # a regular file by its mode; reading its first byte fails, even for root
    assert _fails(tmp_path) == "PROJECT: cannot be read (Input/output error); repair it or move it away"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    place = tmp_path / "repository" / ".mimosa" / "config.toml"
    place.parent.mkdir(parents=True)
    place.touch(mode=0o000)
    assert _fails(tmp_path) == f"PROJECT: cannot be read (Permission denied); run: chmod u+r '{place}'"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    assert "larger than 1 MiB" in _fails(tmp_path, project="# " + "x" * (1 << 20))


def test_a_flag_of_a_setting_that_does_not_exist_is_the_programs_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.nmae"):
        load_settings(tmp_path, {"HOME": str(tmp_path)}, {"model.nmae": "x"})
