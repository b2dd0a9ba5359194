"""What a run's journal comes to, however the run went."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_runs import WrittenRun, instance

from evals.errors import EvalError
from evals.grading.base import Grade
from evals.running.reading import find_run, read_journal, read_run
from evals.running.records import AttemptEnded, AttemptGraded, AttemptStarted, JournalLine, Outcome
from evals.running.results import results_of

ROWS = (instance("a__a-1"), instance("a__a-2"), instance("b__b-1"))


def test_each_sample_has_one_result_in_the_runs_order(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS)
    run.solve("b__b-1")
    run.solve("a__a-1", "wrong patch")
    results = read_run(run.folder).results
    assert [(result.instance_id, result.state, result.resolved) for result in results] == [
        ("a__a-1", "graded", False),
        ("a__a-2", "waiting", None),
        ("b__b-1", "graded", True),
    ]


def test_infrastructure_is_nobodys_result_and_the_retry_counts(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:1])
    run.begin("a__a-1")
    run.end("a__a-1", "infrastructure", infrastructure="engine")
    (result,) = read_run(run.folder).results
    assert (result.state, result.counted) == ("infrastructure", None)
    run.begin("a__a-1", attempt=2)
    run.end("a__a-1", attempt=2)
    (result,) = read_run(run.folder).results
    assert result.state == "ungraded"
    run.grade("a__a-1", attempt=2)
    (result,) = read_run(run.folder).results
    assert result.resolved
    assert result.counted is not None
    assert result.counted.attempt == 2


def test_a_second_result_never_takes_the_place_of_the_first(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:1])
    run.solve("a__a-1", "wrong patch")
    run.begin("a__a-1", attempt=2)
    run.end("a__a-1", attempt=2)
    run.grade("a__a-1", "resolved", attempt=2)
    (result,) = read_run(run.folder).results
    assert result.resolved is False


def test_a_regrade_takes_the_place_of_the_verdict_and_the_run_stays_ended(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:1])
    run.solve("a__a-1", "wrong patch")
    run.finish()
    run.grade("a__a-1", "resolved")
    read = read_run(run.folder)
    assert read.results[0].resolved
    assert read.ended is not None


def test_a_killed_and_resumed_run_counts_only_the_time_it_worked(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS[:2])
    run.solve("a__a-1")  # at 10, 20 and 30 s
    run.begin("a__a-2")
    run.tear()
    read = read_run(run.folder)
    assert read.results[1].state == "unfinished"
    assert read.ended is None
    run.folder.journal.write_bytes(run.folder.journal.read_bytes().rpartition(b"\n")[0] + b"\n")
    run.start(resumed=True, wait=86_400)
    run.solve("a__a-2")
    read = read_run(run.folder)
    assert read.results[1].state == "graded"
    assert read.working_seconds(run.now) == pytest.approx(70)
    assert read.working_seconds(run.lines[2].at) == pytest.approx(20)


def test_a_torn_last_line_is_dropped_and_a_broken_one_is_named(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS)
    whole = run.folder.journal.stat().st_size
    run.tear()
    lines, good_bytes = read_journal(run.folder.journal)
    assert (len(lines), good_bytes) == (1, whole)
    run.folder.journal.write_bytes(run.folder.journal.read_bytes() + b"\n")
    with pytest.raises(EvalError, match="line 2, is damaged: Invalid JSON"):
        read_journal(run.folder.journal)


def test_a_later_format_is_told_from_damage(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS)
    text = run.folder.journal.read_text().replace('"version":1', '"version":2').replace('"samples"', '"tries"')
    run.folder.journal.write_text(text)
    with pytest.raises(EvalError, match="format version 2"):
        read_run(run.folder)


def test_an_empty_run_and_one_without_rows_can_be_read(tmp_path: Path) -> None:
    empty = WrittenRun(tmp_path / "empty", ())
    assert read_run(empty.folder).results == ()
    rows = WrittenRun(tmp_path / "r1", ROWS)
    rows.solve("a__a-2")
    rows.folder.instances.unlink()
    assert [result.instance_id for result in read_run(rows.folder).results] == ["a__a-2"]
    rows.folder.journal.write_bytes(b"")
    assert read_run(rows.folder).results == ()


def test_a_run_is_found_by_any_part_of_its_name(tmp_path: Path) -> None:
    for name in ("20261128-160000-abcd", "20261128-170000-efgh"):
        WrittenRun(tmp_path / name, ROWS)
    assert find_run("last", tmp_path).id == "20261128-170000-efgh"
    assert find_run("abcd", tmp_path).id == "20261128-160000-abcd"
    assert find_run(str(tmp_path / "20261128-160000-abcd"), tmp_path / "none").id == "20261128-160000-abcd"
    with pytest.raises(EvalError, match="fits 2 runs"):
        find_run("2026", tmp_path)
    with pytest.raises(EvalError, match="The newest are: 20261128-170000-efgh"):
        find_run("zzzz", tmp_path)
    with pytest.raises(EvalError, match="holds none yet"):
        find_run("last", tmp_path / "none")


OUTCOMES: tuple[Outcome, ...] = ("finished", "answered", "limit", "interrupted", "failed", "infrastructure")


@st.composite
def journals(draw: st.DrawFn) -> tuple[JournalLine, ...]:
    """Any interleaving of attempts, some ended, some graded, some neither."""
    events: list[AttemptStarted | AttemptEnded | AttemptGraded] = []
    for instance_id in ("a", "b", "c"):
        for attempt in range(1, draw(st.integers(0, 3)) + 1):
            name = {"instance_id": instance_id, "sample": 1, "attempt": attempt}
            events.append(AttemptStarted(**name, worker="w"))
            if draw(st.booleans()):
                events.append(AttemptEnded(**name, outcome=draw(st.sampled_from(OUTCOMES))))
                if draw(st.booleans()):
                    grade = Grade(instance_id=instance_id, resolved=draw(st.booleans()), reason="resolved")
                    events.append(AttemptGraded(sample=1, attempt=attempt, grade=grade))
    return tuple(JournalLine(n=n, at=float(n), event=event) for n, event in enumerate(events))


@given(journals())
def test_every_prefix_of_a_journal_gives_each_sample_exactly_one_result(lines: tuple[JournalLine, ...]) -> None:
    counted: dict[str, int] = {}
    for end in range(len(lines) + 1):
        results = results_of(lines[:end], ("a", "b", "c"), 1)
        assert [result.instance_id for result in results] == ["a", "b", "c"]
        for result in results:
            if result.counted is not None:
                assert counted.setdefault(result.instance_id, result.counted.attempt) == result.counted.attempt
            else:
                assert result.resolved is None
                assert result.instance_id not in counted
