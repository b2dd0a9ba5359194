"""Mining: which commits of a history become instances, which do not, and why."""

import json
import sys
from pathlib import Path

import pytest
from mined_repositories import History
from typer.testing import CliRunner

from agent.cli.app import app
from agent.config.settings import SandboxSettings
from evals.errors import EvalError
from evals.instances.dataset import load_dataset
from evals.mining.base import Decision
from evals.mining.environment import of_its_time
from evals.mining.history import Repository
from evals.mining.judge import Shown, judge
from evals.mining.ledger import Ledger
from evals.mining.message import issue_text, tells_a_bug
from evals.mining.mine import Miner
from evals.mining.trial import Trial
from sandbox.images.environments.base import Environment

SETTINGS = SandboxSettings(backend="local", test=f"{sys.executable} -m pytest -q")
BUG = "add(2, 2) returns 0 instead of 4: the sign is wrong."
TEST_ADD = "\n\ndef test_add():\n    from calc import add\n    assert add(2, 2) == 4\n"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "calc")


def decide(history: History, commit: str, tmp_path: Path, timeout: float = 30.0) -> Decision:
    return Miner(Repository(history.root), Ledger(tmp_path / "out"), SETTINGS, timeout).decide(commit)


def test_a_bug_fix_with_a_test_becomes_a_row_with_everything_in_it(history: History, tmp_path: Path) -> None:
    message = f"Fix add (#12)\n\n{BUG}\n\nSigned-off-by: Ana <ana@example.org>"
    commit = history.fix("fix", message, ("a - b", "a + b"), TEST_ADD)
    decision = decide(history, commit, tmp_path)
    row = decision.row
    assert row is not None, decision
    assert row.FAIL_TO_PASS == ("tests/test_calc.py::test_add",)
    assert row.PASS_TO_PASS == ("tests/test_calc.py::test_halve",)
    assert row.base_commit == history.commits["start"]
    assert row.problem_statement == f"Fix add (#12)\n\n{BUG}"
    assert "calc.py" in row.patch
    assert "tests/" not in row.patch
    assert "def test_add" in row.test_patch
    assert "-    return a - b" not in row.test_patch
    assert row.instance_id.startswith("calc-")
    assert Path(row.repo) == history.root


def test_a_hang_at_the_base_is_no_failing_test(history: History, tmp_path: Path) -> None:
    history.commit(
        "loop", "more", {"calc.py": history.text("calc.py") + "\n\ndef spin():\n    while True:\n        pass\n"}
    )
    tests = "\n\ndef test_spin():\n    from calc import spin\n    assert spin() is None\n"
    commit = history.fix(
        "fix", "Fix the endless loop of spin, which hangs.", ("while True:\n        pass", "return"), tests
    )
    decision = decide(history, commit, tmp_path, timeout=4)
    assert decision.reason == "hangs before the fix"
    assert decision.row is None


def test_ids_that_hold_a_clock_are_left_out(history: History, tmp_path: Path) -> None:
    tests = (
        "\n\nimport time, pytest\n"
        + TEST_ADD
        + "\n\n@pytest.mark.parametrize('at', [time.time_ns()])\ndef test_clock(at):\n    assert at\n"
    )
    commit = history.fix("fix", f"Fix add\n\n{BUG}", ("a - b", "a + b"), tests)
    decision = decide(history, commit, tmp_path)
    assert decision.row is not None, decision
    assert decision.row.FAIL_TO_PASS == ("tests/test_calc.py::test_add",)
    assert any(name.startswith("tests/test_calc.py::test_clock[") for name in decision.unstable)
    assert not [name for name in decision.row.PASS_TO_PASS if "clock" in name]


def test_what_two_equal_runs_disagree_on_shows_nothing() -> None:
    def ran(add: str, chance: str) -> Trial:
        return Trial({"t.py::test_add": add, "t.py::test_chance": chance}, 1, 0.1, "")

    shown = judge((ran("FAILED", "FAILED"), ran("FAILED", "PASSED")), (ran("PASSED", "PASSED"),) * 2, ("t.py",))
    assert shown == Shown(("t.py::test_add",), (), ("t.py::test_chance",))


def test_names_and_words_that_the_issue_never_gives_are_too_much_to_ask(history: History, tmp_path: Path) -> None:
    tests = "\n\ndef test_add():\n    from calc import exactly_add\n    assert exactly_add(2, 2) == 4\n"
    code = ("def add(a, b):\n    return a - b", "def exactly_add(a, b):\n    return a + b\n\n\nadd = exactly_add")
    commit = history.fix("fix", f"Fix adding\n\n{BUG}", code, tests)
    decision = decide(history, commit, tmp_path)
    assert (decision.reason, decision.detail) == (
        "asks for what the issue never gives",
        "the name exactly_add",
    )
    given = history.fix(
        "given", f"Fix exactly_sub, which is missing. {BUG}", ("a / 2", "a / 2  # exactly_sub"), ""
    )
    assert decide(history, given, tmp_path).reason == "no tests changed"


def test_an_error_message_that_only_the_fix_knows_is_too_much_to_ask(history: History, tmp_path: Path) -> None:
    tests = (
        "\n\ndef test_none():\n    import pytest\n    from calc import halve\n"
        "    with pytest.raises(TypeError, match='nothing to halve here'):\n        halve(None)\n"
    )
    code = (
        "    return a / 2",
        "    if a is None:\n        raise TypeError('nothing to halve here')\n    return a / 2",
    )
    commit = history.fix("fix", "Fix halve(None): it should raise a TypeError that says so.", code, tests)
    assert decide(history, commit, tmp_path).detail == "the text 'nothing to halve here'"


def test_a_message_that_was_there_before_may_be_asked_for(history: History, tmp_path: Path) -> None:
    code = history.text("calc.py") + "\n\ndef check(a):\n    raise ValueError('this is no number at all')\n"
    history.commit("check", "check numbers", {"calc.py": code})
    tests = (
        "\n\ndef test_check():\n    import pytest\n    from calc import check\n"
        "    with pytest.raises(TypeError, match='this is no number at all'):\n        check(1)\n"
    )
    old = "    raise ValueError('this is no number at all')"
    commit = history.fix(
        "fix", "Fix check: it raises the wrong error, a ValueError.", (old, old.replace("Value", "Type")), tests
    )
    assert decide(history, commit, tmp_path).row is not None


def test_a_fix_that_breaks_another_test_is_dropped(history: History, tmp_path: Path) -> None:
    code = (
        "def add(a, b):\n    return a - b\n\n\ndef halve(a):\n    return a / 2",
        "def add(a, b):\n    return a + b\n\n\ndef halve(a):\n    return a",
    )
    commit = history.fix("fix", f"Fix add\n\n{BUG}", code, TEST_ADD)
    decision = decide(history, commit, tmp_path)
    assert (decision.reason, decision.detail) == ("breaks other tests", "tests/test_calc.py::test_halve")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Refactor add into something nicer to read", "no bug told"),
        ("Add support for adding numbers, and fix its docs", "no bug told"),
        ("Fix #3: Deprecate the old way of adding numbers", "no bug told"),
        ("Fix #12", "says too little"),
    ],
)
def test_not_every_change_with_a_test_is_a_bug(
    history: History, tmp_path: Path, message: str, reason: str
) -> None:
    commit = history.fix("change", message, ("a - b", "a + b"), TEST_ADD)
    assert decide(history, commit, tmp_path).reason == reason


def test_a_test_that_passes_without_the_fix_shows_no_bug(history: History, tmp_path: Path) -> None:
    tests = "\n\ndef test_zero():\n    from calc import add\n    assert add(0, 0) == 0\n"
    commit = history.fix("fix", f"Fix add\n\n{BUG}", ("a - b", "a + b"), tests)
    decision = decide(history, commit, tmp_path)
    assert (decision.reason, decision.detail) == (
        "no test shows the bug",
        "the commit's tests pass without its fix",
    )
    wrong = "\n\ndef test_more():\n    from calc import add\n    assert add(1, 1) == 3\n"
    commit = history.fix("wrong", "Fix halve, which is wrong for large numbers.", ("a / 2", "a * 0.5"), wrong)
    assert "1 test of the commit fail" in decide(history, commit, tmp_path).detail


def test_a_merge_speaks_with_the_words_of_what_it_merged(history: History, tmp_path: Path) -> None:
    repository = history.repository
    main = repository.head.commit
    history.fix("side", f"Fix add\n\n{BUG}", ("a - b", "a + b"), TEST_ADD)
    side = repository.head.commit
    tree = side.tree
    merge = git_commit_tree(history, tree.hexsha, (main.hexsha, side.hexsha), "Merge pull request #9 from ana/fix")
    decision = decide(history, merge, tmp_path)
    assert decision.row is not None, decision
    assert decision.row.base_commit == main.hexsha
    assert decision.row.problem_statement == f"Fix add\n\n{BUG}"


def git_commit_tree(history: History, tree: str, parents: tuple[str, str], message: str) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    return str(
        history.repository.git.execute(
            [
                "git",
                "-c",
                "user.name=Ana",
                "-c",
                "user.email=a@example.org",
                "commit-tree",
                tree,
                *words,
                "-m",
                message,
            ]
        )
    )


def test_an_old_commit_gets_a_pytest_of_its_time() -> None:
    environment = Environment(why="", setup=("python3 -m venv /opt/venv", "python -m pip install -e . pytest"))
    assert of_its_time(environment, 1_600_000_000).setup[-1] == "python -m pip install 'pytest<8'"
    assert of_its_time(environment, 1_720_000_000).setup[-1] == "python -m pip install 'pytest<9'"
    assert of_its_time(environment, 1_790_000_000) == environment
    assert of_its_time(Environment(why=""), 1_600_000_000) == Environment(why="")


def test_the_words_of_an_issue_lose_what_is_no_issue() -> None:
    trailers = "Co-authored-by: B <b@c>\n(cherry picked from commit abc)"
    message = f"Merge pull request #1 from a/b\n\nWrong sum\n\nIt is 0.\n\n{trailers}"
    assert issue_text(message) == "Wrong sum\n\nIt is 0."
    assert tells_a_bug("[3.x] fix: halve() fails for None")
    assert tells_a_bug("Fixes #7: Clear statistics, which were wrong")
    assert not tells_a_bug("Fix flake8 warnings")
    assert not tells_a_bug("Bump version to 1.2, fixes docs")


def test_the_command_mines_goes_on_and_writes_rows_that_a_run_can_read(history: History, tmp_path: Path) -> None:
    history.fix("fix", f"Fix add\n\n{BUG}", ("a - b", "a + b"), TEST_ADD)
    history.commit("docs", "docs: say more", {"README.md": "calc\n"})
    out = tmp_path / "mined"
    words = ["eval", "mine", str(history.root), "-o", str(out), "--sandbox", "local", "--test", SETTINGS.test]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    assert first.stdout.strip() == str(out / "rows.jsonl")
    assert "1 test fails without the fix, 1 pass with and without it" in first.stderr
    assert "3 commits: 1 kept" in first.stderr
    rows = load_dataset(str(out / "rows.jsonl"))
    assert [row.instance_id for row in rows] == [f"calc-{history.commits['fix'][:10]}"]
    enough = CliRunner().invoke(app, [*words, "--limit", "1", "--since", "2001-01-01"])
    assert "3 commits: 1 kept" in enough.stderr
    decisions = (out / "decisions.jsonl").read_bytes()
    (out / "decisions.jsonl").write_bytes(decisions + b'{"commit": "torn')
    again = CliRunner().invoke(app, words)
    assert "3 of 3 commits were decided on before" in again.stderr
    assert (out / "decisions.jsonl").read_bytes() == decisions
    assert [json.loads(line)["reason"] for line in decisions.splitlines()] == [
        "no tests changed",
        None,
        "no tests changed",
    ]


def test_what_cannot_be_mined_is_said(tmp_path: Path, history: History) -> None:
    with pytest.raises(EvalError, match="There is no folder"):
        Repository(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvalError, match="is no git repository"):
        Repository(tmp_path / "empty")
    wrong = CliRunner().invoke(app, ["eval", "mine", str(history.root), "--sandbox", "podman"])
    assert wrong.exit_code == 2
    unittest = SandboxSettings(backend="local", test="python3 -m unittest")
    commit = history.fix("fix", f"Fix add\n\n{BUG}", ("a - b", "a + b"), TEST_ADD)
    told = Miner(Repository(history.root), Ledger(tmp_path / "out"), unittest).decide(commit)
    assert told.reason == "no environment"
    assert "name a pytest command with --test" in told.detail
