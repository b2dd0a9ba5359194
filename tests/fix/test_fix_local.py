"""`mimosa fix` from issue to delivered patch, in the local sandbox: the promises that do not need isolation."""

import json
import signal
from pathlib import Path

import pytest
from fix_bench import (
    BUGGY,
    EDIT,
    FINISH,
    FIXED,
    ISSUE,
    OTHER_TEST,
    RUN_TESTS,
    Mimosa,
    git,
    make_repository,
    wait_for_requests,
    works,
)
from model_server import Call, Hang, ModelServer, Reply


@pytest.fixture
def local(server: ModelServer, repository: Path) -> tuple[str | Path, ...]:
    return ("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url)


def test_a_fix_is_verified_shown_and_left_unapplied(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    server.will(*works())
    done = mimosa(*local, ISSUE)
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert "the tests failed before and pass with the patch" in done.stdout
    assert "-    return sorted(numbers)[len(numbers) // 2 + 1]" in done.stdout
    assert "3 turns" in done.stdout
    assert f"── Issue\n{ISSUE}\n" in done.stdout
    assert "Your work is judged" not in done.stdout, "Mimosa's own words to the model, at every start"
    assert "not applied; to apply it:" in done.stdout
    assert (repository / "stats.py").read_text() == BUGGY


def test_local_says_at_every_start_that_nothing_is_isolated(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    server.will(*works())
    assert "No isolation" in mimosa(*local, ISSUE).stdout


def test_apply_branch_and_file_may_all_be_asked_for(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...], tmp_path: Path
) -> None:
    server.will(*works())
    patch = tmp_path / "fix.diff"
    done = mimosa(*local, ISSUE, "--branch", "repair", "--patch", patch, "--apply")
    assert done.returncode == 0, done.stderr
    assert (repository / "stats.py").read_text() == FIXED
    assert git(repository, "show", "repair:stats.py") == FIXED
    assert git(repository, "log", "-1", "--format=%s", "repair") == "The index was one too high.\n"
    assert git(repository, "branch", "--show-current") == "main\n"
    git(repository, "checkout", "-q", "--", "stats.py")
    git(repository, "apply", str(patch))
    assert (repository / "stats.py").read_text() == FIXED


def test_json_is_one_object(mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]) -> None:
    server.will(*works())
    done = mimosa(*local, ISSUE, "--json")
    result = json.loads(done.stdout)
    assert result["verdict"] == "verified"
    assert result["exit_code"] == done.returncode == 0
    assert result["cost"]["turns"] == 3
    assert result["patch"] == Path(result["patch_file"]).read_text()
    assert result["verification"]["before"]["exit_code"] == 1
    assert result["verification"]["after"]["exit_code"] == 0


def test_stream_json_is_every_event_and_then_the_result(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    server.will(*works())
    lines = [json.loads(line) for line in mimosa(*local, ISSUE, "--stream-json").stdout.splitlines()]
    kinds = [line["event"]["type"] for line in lines if "event" in line]
    assert kinds[0] == "session_started"
    assert kinds.count("replied") == 3
    assert "reasoning_streamed" in kinds
    assert lines[-1]["result"]["verdict"] == "verified"


def test_a_regression_fails(mimosa: Mimosa, server: ModelServer, tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "passing", {"stats.py": FIXED, "test_stats.py": OTHER_TEST})
    broken = Call("str_replace", {"path": "stats.py", "old_str": "def middle", "new_str": "def muddle"})
    server.will(Reply(calls=(broken, RUN_TESTS)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url, "rename it")
    assert done.returncode == 1
    assert "regressed" in done.stdout
    assert "ImportError" in done.stdout


def test_deleting_the_failing_test_is_no_fix(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    (repository / "test_other.py").write_text(OTHER_TEST)
    server.will(
        Reply(calls=(Call("bash", {"command": "rm test_stats.py; echo '# done' >>stats.py"}), RUN_TESTS)),
        Reply(calls=(FINISH,)),
    )
    told = mimosa(*local, ISSUE).stdout
    assert "unverified" in told
    assert "the patch deletes tests: test_stats.py" in told


def test_without_tests_a_patch_stays_unverified(mimosa: Mimosa, server: ModelServer, tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "bare", {"notes.txt": "teh\n"})
    edit = Call("str_replace", {"path": "notes.txt", "old_str": "teh", "new_str": "the"})
    server.will(Reply(calls=(edit,)), Reply(calls=(FINISH,)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url, "a typo")
    assert done.returncode == 0, done.stderr
    assert "unverified" in done.stdout
    assert "--test" in done.stdout


def test_a_model_that_changes_nothing_ends_with_3(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    server.will(*(Reply(calls=(FINISH,)) for _ in range(4)))
    done = mimosa(*local, ISSUE)
    assert done.returncode == 3
    assert "no patch" in done.stdout


def test_a_limit_ends_with_4_and_keeps_what_was_done(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    server.will(Reply(calls=(EDIT,)), *works())
    done = mimosa(*local, ISSUE, "--steps", "1")
    assert done.returncode == 4
    assert "limit of 1 step is reached" in done.stdout
    assert (mimosa.sessions[0] / "patch.diff").read_text()


def test_of_several_attempts_the_tests_choose(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    wrong = Call("str_replace", {"path": "stats.py", "old_str": "// 2 + 1]", "new_str": "// 2 + 2]"})

    def model(request: dict[str, object]) -> Reply:
        """The first attempt to ask gets the wrong edit; which attempt it is, its own history tells."""
        messages = json.dumps(request["messages"])
        if "// 2 + 2]" in messages or "// 2]" in messages:
            return Reply(calls=(FINISH,))
        seen.append(1)
        return Reply(calls=(wrong if len(seen) == 1 else EDIT, RUN_TESTS))

    seen: list[int] = []
    server.will(*([model] * 8))
    done = mimosa(*local, ISSUE, "--attempts", "2", "--apply")
    assert done.returncode == 0, done.stderr
    assert "[1]" in done.stdout
    assert "[2]" in done.stdout
    assert (repository / "stats.py").read_text() == FIXED
    assert len(mimosa.sessions) == 2


def test_ctrl_c_saves_and_says_how_to_resume_and_resume_finishes(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    server.will(Reply(calls=(EDIT,)), Hang(Reply(reasoning="thinking")))
    running = mimosa.start(*local, ISSUE)
    wait_for_requests(server, 2)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    session = mimosa.sessions[0].name
    assert running.returncode == 130
    assert f"mimosa fix --resume {session}" in told
    server.will(Reply(calls=(RUN_TESTS,)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--resume", session, "--base-url", server.url, "--apply")
    assert done.returncode == 0, done.stderr
    assert (repository / "stats.py").read_text() == FIXED
    again = mimosa("fix", "--resume", session, "--base-url", server.url)
    assert again.returncode == 2
    assert "come to its end" in again.stderr


def test_a_killed_mimosa_is_resumed(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    server.will(Reply(calls=(EDIT,)), Hang(Reply(reasoning="thinking")))
    running = mimosa.start(*local, ISSUE)
    wait_for_requests(server, 2)
    running.kill()
    running.communicate(timeout=60)
    server.will(Reply(calls=(RUN_TESTS,)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--resume", "last", "--base-url", server.url, "--apply")
    assert done.returncode == 0, done.stderr
    assert (repository / "stats.py").read_text() == FIXED


def test_a_recording_plays_back_and_says_that_it_is_one(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...], tmp_path: Path
) -> None:
    server.will(*works())
    mimosa(*local, ISSUE)
    recording = tmp_path / "recording.jsonl"
    mimosa("sessions", "export", "last", "--jsonl", recording)
    done = mimosa(
        "fix", "--repo", repository, "--sandbox", "local", "--model", f"replay:{recording}", ISSUE, "--apply"
    )
    assert done.returncode == 0, done.stderr
    assert "RECORDED SESSION, PLAYED BACK" in done.stdout
    assert (repository / "stats.py").read_text() == FIXED


def test_sessions_are_listed_shown_and_exported(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...], tmp_path: Path
) -> None:
    server.will(*works())
    mimosa(*local, ISSUE)
    session = mimosa.sessions[0].name
    assert session in mimosa("sessions").stdout
    assert "One too high." in mimosa("sessions", "show", session).stdout
    page = tmp_path / "page.html"
    assert mimosa("sessions", "export", "last", "--html", page).returncode == 0
    assert "One too high." in page.read_text()


def test_the_server_s_own_figures_stand_at_the_end(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    def told(steps: int) -> str:
        return (
            'sglang:num_running_reqs{model_name="m"} 0\n'
            f"sglang:generation_tokens_total {steps * 3.2}\n"
            f"sglang:spec_verify_calls_total {steps}\n"
        )

    def last(_request: dict[str, object]) -> Reply:
        server.routes["/metrics"] = told(110)
        return works()[2]

    server.routes["/metrics"] = told(10)
    server.will(*works()[:2], last)
    done = mimosa(*local, ISSUE, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["server"]["acceptance"] == 3.2
    session = Path(result["session_folder"])
    assert '"type":"server_measured"' in (session / "events.jsonl").read_text().replace(": ", ":")
