"""Bad input gets a clear error or a clear word, and nothing is lost."""

import os
import signal
from pathlib import Path

import pytest
from fix_bench import BUGGY, EDIT, FINISH, FIXED, ISSUE, RUN_TESTS, TEST, Mimosa, git, make_repository, works
from model_server import Call, ModelServer, Reply, html


def fix(mimosa: Mimosa, server: ModelServer, repository: Path, *more: str) -> "tuple[int, str, str]":
    done = mimosa("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url, ISSUE, *more)
    return done.returncode, done.stdout, done.stderr


def test_not_a_git_repository(mimosa: Mimosa, server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    code, _, told = fix(mimosa, server, tmp_path / "plain")
    assert code == 2
    assert "is not a git repository" in told
    assert "git init" in told
    assert "Traceback" not in told


def test_a_dirty_tree_works_and_says_what_it_took_along(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    (repository / "test_stats.py").write_text(TEST + "\n\n# edited\n")
    (repository / "new file.py").write_text("x = 1\n")
    server.will(*works())
    code, told, errors = fix(mimosa, server, repository, "--apply")
    assert code == 0, errors
    assert "1 modified and 1 untracked files" in told
    assert (repository / "stats.py").read_text() == FIXED
    assert (repository / "test_stats.py").read_text() == TEST + "\n\n# edited\n"


def test_an_empty_repository_works_on_what_lies_in_it(mimosa: Mimosa, server: ModelServer, tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    git(root, "init", "-q")
    (root / "stats.py").write_text(BUGGY)
    (root / "test_stats.py").write_text(TEST)
    server.will(*works())
    code, told, errors = fix(mimosa, server, root, "--apply")
    assert code == 0, errors
    assert "nothing committed yet" in told
    assert (root / "stats.py").read_text() == FIXED


def test_a_detached_head_works_and_is_left_detached(mimosa: Mimosa, server: ModelServer, repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    server.will(*works())
    code, told, errors = fix(mimosa, server, repository, "--branch", "repair")
    assert code == 0, errors
    assert "(detached)" in told
    assert git(repository, "show", "repair:stats.py") == FIXED
    assert git(repository, "branch", "--show-current") == ""


def test_a_huge_file_stays_outside_and_is_named(mimosa: Mimosa, server: ModelServer, repository: Path) -> None:
    with (repository / "data.bin").open("wb") as file:
        os.truncate(file.fileno(), 2 * 1024**3)  # sparse: 2 GB that take no disk
    server.will(*works())
    code, told, errors = fix(mimosa, server, repository)
    assert code == 0, errors
    assert "left out: data.bin" in told
    assert (mimosa.sessions[0] / "patch.diff").read_text().count("diff --git") == 1


def test_a_path_with_spaces_and_other_alphabets(mimosa: Mimosa, server: ModelServer, tmp_path: Path) -> None:
    root = make_repository(
        tmp_path / "mein Projekt ☃ 日本", {"src größe/stats.py": BUGGY, "src größe/test_stats.py": TEST}
    )
    edit = Call(
        "str_replace", {"path": "src größe/stats.py", "old_str": "// 2 + 1]", "new_str": "// 2]  # größer"}
    )
    server.will(Reply(calls=(edit, RUN_TESTS)), Reply(calls=(FINISH,)))
    code, _, errors = fix(mimosa, server, root, "--apply")
    assert code == 0, errors
    assert "größer" in (root / "src größe/stats.py").read_text()


def test_a_broken_configuration_names_file_line_and_key(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    (repository / ".mimosa").mkdir()
    (repository / ".mimosa/config.toml").write_text('[sandbox]\nmemory_mb = "much"\n')
    code, _, told = fix(mimosa, server, repository)
    assert code == 2
    for words in ("config.toml", "2", "sandbox.memory_mb", "much"):
        assert words in told


def test_a_project_may_not_switch_the_sandbox_off(mimosa: Mimosa, server: ModelServer, repository: Path) -> None:
    (repository / ".mimosa").mkdir()
    (repository / ".mimosa/config.toml").write_text('[sandbox]\nbackend = "local"\n')
    code, _, told = fix(mimosa, server, repository)
    assert code == 2
    assert "sandbox.backend" in told


def test_the_version_is_told(mimosa: Mimosa) -> None:
    done = mimosa("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("mimosa 0.")


def test_an_unknown_option(mimosa: Mimosa) -> None:
    done = mimosa("fix", "--aply", "x")
    assert done.returncode == 2
    assert "--apply" in done.stderr


def test_an_endpoint_that_answers_html(mimosa: Mimosa, repository: Path) -> None:
    with ModelServer(models=html("Router login")) as server:
        code, _, told = fix(mimosa, server, repository)
    assert code == 2
    assert "Router login" in told
    assert not mimosa.sessions


def test_no_endpoint_at_all_names_the_choices(mimosa: Mimosa, repository: Path) -> None:
    mimosa.environment["MIMOSA_MODEL_FALLBACK"] = "none"
    done = mimosa("fix", "--repo", repository, ISSUE)
    assert done.returncode == 75
    assert "MIMOSA_BASE_URL" in done.stderr
    assert "replay:" in done.stderr


def test_an_endpoint_that_refuses_the_key(mimosa: Mimosa, repository: Path) -> None:
    from model_server import Status

    with ModelServer(models=Status(401, "bad key")) as server:
        mimosa.environment["MIMOSA_API_KEY"] = "s3cret"
        code, out, told = fix(mimosa, server, repository)
    assert code == 2
    assert "MIMOSA_API_KEY" in told
    assert "s3cret" not in out + told


def test_an_endpoint_that_is_down_is_worth_retrying(mimosa: Mimosa, repository: Path) -> None:
    done = mimosa("fix", "--repo", repository, "--sandbox", "local", "--base-url", "http://127.0.0.1:1/v1", ISSUE)
    assert done.returncode == 75
    assert "127.0.0.1:1" in done.stderr


def test_the_patch_survives_a_file_that_was_edited_meanwhile(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    def edited_meanwhile(_request: dict[str, object]) -> Reply:
        (repository / "stats.py").write_text("# rewritten\n")
        return Reply(calls=(FINISH,))

    server.will(Reply(calls=(EDIT, RUN_TESTS)), edited_meanwhile)
    code, _, told = fix(mimosa, server, repository, "--apply")
    assert code == 1
    assert "stats.py" in told
    assert "--branch" in told
    assert (repository / "stats.py").read_text() == "# rewritten\n"
    assert (mimosa.sessions[0] / "patch.diff").read_text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_first_reply_leaves_a_session_to_resume(
    mimosa: Mimosa, repository: Path, how: signal.Signals
) -> None:
    from fix_bench import wait_for_requests
    from model_server import Hang

    with ModelServer(Hang()) as server:
        running = mimosa.start("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url, ISSUE)
        wait_for_requests(server, 1)
        running.send_signal(how)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert f"--resume {mimosa.sessions[0].name}" in told
