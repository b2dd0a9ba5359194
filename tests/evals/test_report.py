"""What a report says of a run, however far the run has come."""

import json
from pathlib import Path

import pytest
from sessions_of_calls import Call, session, shell
from typer.testing import CliRunner
from written_runs import WrittenRun, instance

from agent.cli.app import app
from agent.log import SessionLog
from evals.reports.build import build_report
from evals.reports.compare import compare
from evals.reports.markdown import markdown
from evals.reports.model import Report
from evals.running.reading import read_run
from evals.running.records import Cost, GradingFailed

ROWS = (
    instance("a__a-1", difficulty="easy"),
    instance("a__a-2", difficulty="hard"),
    instance("b__b-1", difficulty="easy"),
    instance("b__b-2", difficulty="hard"),
)


def report_of(run: WrittenRun) -> Report:
    return build_report(read_run(run.folder))


def with_session(run: WrittenRun, instance_id: str, *calls: Call) -> None:
    folder = run.folder.session(instance_id, 1, 1)
    folder.mkdir(parents=True)
    log = SessionLog.create(folder)
    log.copy(session(*calls))
    log.close()


def mixed_run(path: Path) -> WrittenRun:
    """Two resolved, of which one is marked; one wrong at a limit; one that infrastructure ended."""
    run = WrittenRun(path, ROWS)
    for instance_id, call in (("a__a-1", "git status"), ("a__a-2", "git log --all"), ("b__b-1", "ls")):
        with_session(run, instance_id, shell(call))
    run.solve("a__a-1")
    run.solve("a__a-2")
    run.solve("b__b-1", "wrong patch", outcome="limit", detail="200 steps")
    run.begin("b__b-2")
    run.end("b__b-2", "infrastructure", infrastructure="engine", cost=Cost(seconds=99, prompt_tokens=5))
    return run


def test_groups_of_one_instance_each_are_no_table_once_they_are_many(tmp_path: Path) -> None:
    for count, shown in ((3, True), (30, False)):
        rows = tuple(instance(f"own{number}__p-1", difficulty="easy") for number in range(count))
        run = WrittenRun(tmp_path / f"of{count}", rows)
        for row in rows:
            run.solve(row.instance_id)
        assert ("By repository" in markdown([report_of(run)], [])) is shown


def test_the_rate_counts_results_alone_and_marked_ones_stay_in_the_total(tmp_path: Path) -> None:
    report = report_of(mixed_run(tmp_path / "r1"))
    assert (report.resolved.count, report.resolved.total) == (2, 3)
    assert (report.without_marked.count, report.without_marked.total, report.marked) == (1, 3, 1)
    assert report.resolved.low == pytest.approx(0.2077, abs=1e-4)
    assert report.resolved.high == pytest.approx(0.9385, abs=1e-4)
    assert report.state.startswith("unfinished")
    assert [(group.name, group.resolved.count, group.resolved.total) for group in report.repositories] == [
        ("a/a", 2, 2),
        ("b/b", 0, 1),
    ]
    assert {group.name: group.resolved.count for group in report.difficulties} == {"easy": 1, "hard": 1}


def test_each_sample_has_one_ending_and_they_add_up(tmp_path: Path) -> None:
    report = report_of(mixed_run(tmp_path / "r1"))
    assert [(ending.name, ending.samples, ending.details) for ending in report.endings] == [
        ("resolved", 2, ()),
        ("limit", 1, ("200 steps",)),
        ("infrastructure", 1, ("engine",)),
    ]
    assert sum(ending.samples for ending in report.endings) == len(report.rows) == 4


def test_a_patch_that_could_not_be_graded_is_told_with_the_reason(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:2])
    for row in ROWS[:2]:
        run.begin(row.instance_id)
        run.end(row.instance_id)
    run.say(GradingFailed(instance_id="a__a-1", sample=1, attempt=1, infrastructure="engine"))
    told = report_of(run)
    assert [(one.name, one.samples, one.counted, one.details) for one in told.endings] == [
        ("not graded yet", 2, False, ("engine",))
    ]
    assert told.resolved.total == 0


def test_spending_is_that_of_the_counted_attempts_and_the_rest_is_told_apart(tmp_path: Path) -> None:
    report = report_of(mixed_run(tmp_path / "r1"))
    spent = {one.name: one for one in report.spending}
    assert spent["steps"].total == 30
    assert spent["steps"].for_each_resolved == 15
    assert spent["seconds"].median == 60
    assert "GPU-seconds" not in spent
    assert (report.wasted.seconds, report.wasted.prompt_tokens) == (99, 5)
    assert report.acceptance is None


def test_a_run_of_nothing_and_a_run_of_one_are_reported(tmp_path: Path) -> None:
    empty = report_of(WrittenRun(tmp_path / "empty", ()))
    assert (empty.resolved.total, empty.resolved.low, empty.resolved.high) == (0, 0, 1)
    assert "nothing is graded yet, of 0 instances" in markdown([empty])
    one = WrittenRun(tmp_path / "one", ROWS[:1])
    assert "not begun" in markdown([report_of(one)])
    one.solve("a__a-1")
    one.finish()
    told = markdown([report_of(one)])
    assert "resolved 1 of 1, 100.0% (95% interval 20.7 to 100.0%)" in told
    assert "- state: complete" in told


def test_a_regrade_changes_the_verdict_and_a_resume_is_counted(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:2])
    run.solve("a__a-1", "wrong patch")
    run.start(resumed=True, wait=5000)
    run.solve("a__a-2", "broke tests")
    run.finish()
    assert report_of(run).resolved.count == 0
    run.grade("a__a-1", "resolved")
    report = report_of(run)
    assert (report.resolved.count, report.resumes, report.state) == (1, 1, "complete")
    assert report.rows[0].ended_at == 20


def test_several_samples_give_pass_at_k_and_intervals_over_instances(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS, samples=4)
    for row, right in zip(ROWS, (4, 2, 1, 0), strict=True):
        for sample in range(1, 5):
            run.solve(row.instance_id, "resolved" if sample <= right else "wrong patch", sample)
    report = report_of(run)
    assert report.resolved.method == "bootstrap"
    assert report.resolved.share == pytest.approx(7 / 16)
    found = {one.k: one for one in report.pass_at}
    assert list(found) == [1, 2, 4]
    assert found[1].any == pytest.approx(7 / 16)
    assert found[2].any == pytest.approx((1 + 5 / 6 + 1 / 2 + 0) / 4)
    assert found[2].every == pytest.approx((1 + 1 / 6 + 0 + 0) / 4)
    assert found[4].any == pytest.approx(3 / 4)
    assert found[4].any_low < found[4].any < found[4].any_high


def test_where_all_instances_agree_the_interval_still_has_a_width(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS, samples=2)
    for row in ROWS:
        run.solve(row.instance_id, sample=1)
        run.solve(row.instance_id, sample=2)
    report = report_of(run)
    assert report.resolved.share == 1
    assert 0.4 < report.resolved.low < 0.6


def test_two_runs_are_compared_on_what_both_graded(tmp_path: Path) -> None:
    rows = tuple(instance(f"a__a-{number}") for number in range(12))
    first, second = WrittenRun(tmp_path / "first", rows), WrittenRun(tmp_path / "second", rows)
    for number, row in enumerate(rows[:10]):
        first.solve(row.instance_id, "resolved" if number < 2 else "wrong patch")
        second.solve(row.instance_id, "resolved" if number >= 1 else "wrong patch")
    first.solve(rows[10].instance_id)
    found = compare(report_of(first), report_of(second))
    assert (found.instances, found.both, found.neither) == (10, 1, 0)
    assert found.only_first == ("a__a-0",)
    assert len(found.only_second) == 8
    assert found.p_value == pytest.approx(0.0390625)
    assert found.difference == pytest.approx(0.7)
    assert found.low < 0.7 < found.high
    assert (found.only_in_first, found.only_in_second) == (1, 0)
    nothing = compare(report_of(first), report_of(WrittenRun(tmp_path / "none", rows)))
    assert (nothing.instances, nothing.p_value) == (0, 1)


def test_what_a_model_said_cannot_break_out_of_markdown(tmp_path: Path) -> None:
    run = mixed_run(tmp_path / "r1")
    with_session(run, "b__b-2", shell("git log --all | [x](http://evil) <b>`*\n"))
    told = markdown([report_of(run)])
    rows = [line for line in told.splitlines() if line.startswith("| b\\_\\_b-2")]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 5 for line in rows)
    assert "<b>" not in told


def test_the_command_prints_each_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(tmp_path))
    mixed_run(tmp_path / "runs" / "20261128-120000-abcd")
    other = WrittenRun(tmp_path / "runs" / "20261128-130000-efgh", ROWS)
    other.solve("a__a-1", "no patch")
    ran = CliRunner()
    shown = ran.invoke(app, ["eval", "report", "abcd"])
    assert shown.exit_code == 0, shown.output
    assert "resolved 2 of 3, 66.7%" in shown.output
    assert "git log --all" in shown.output
    as_json = json.loads(ran.invoke(app, ["eval", "report", "abcd", "efgh", "--json"]).stdout)
    assert [run["resolved"]["count"] for run in as_json["runs"]] == [2, 0]
    assert as_json["comparisons"][0]["only_first"] == ["a__a-1"]
    assert "McNemar" in ran.invoke(app, ["eval", "report", "abcd", "last", "--md"]).stdout
    assert ran.invoke(app, ["eval", "report", "abcd", "--md", "--json"]).exit_code == 2
    assert ran.invoke(app, ["eval", "report", "zzzz"]).exit_code == 2
    done = ran.invoke(app, ["eval", "report", "abcd", "--html", str(tmp_path / "r.html")])
    assert "3 sessions beside it" in done.stderr
    assert done.stdout == ""
    assert len(list((tmp_path / "r-sessions" / "20261128-120000-abcd").iterdir())) == 3
