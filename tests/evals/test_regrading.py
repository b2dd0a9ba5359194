"""A run is graded again from its logs, and the official files say what its journal says."""

import json
from pathlib import Path

import pytest
from graded_rows import BAD, GOOD, PASSED, ROW, log, piece

from evals.errors import EvalError
from evals.grading.base import Grade
from evals.grading.official import Prediction, run_report, write_predictions
from evals.grading.regrade import regrade
from evals.running.folder import RunFolder
from evals.running.journal import Journal
from evals.running.reading import read_run
from evals.running.records import AttemptEnded, AttemptGraded, AttemptStarted, RunStarted


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of one attempt, graded as resolved, whose log is kept."""
    folder = RunFolder(tmp_path / "run-1")
    attempt = folder.attempt(ROW.instance_id, 1, 1)
    attempt.mkdir(parents=True)
    folder.instances.write_text(ROW.model_dump_json() + "\n")
    folder.patch(ROW.instance_id, 1, 1).write_bytes(piece("calc.py"))
    log(attempt, PASSED)
    journal = Journal(folder)
    journal.append(RunStarted(run="run-1", instances=1, samples=1))
    where = {"instance_id": ROW.instance_id, "sample": 1, "attempt": 1}
    journal.append(AttemptStarted(**where, worker="w"))
    journal.append(AttemptEnded(**where, outcome="finished"))
    journal.append(AttemptGraded(sample=1, attempt=1, grade=GOOD.model_copy(update={"image": "sha256:1"})))
    journal.close()
    return folder


def test_a_regrade_from_logs_appends_the_verdict(run: RunFolder) -> None:
    log(run.attempt(ROW.instance_id, 1, 1), PASSED.replace("PASSED", "FAILED", 1), 1)

    (found,) = regrade(run, None)

    assert (found.reason, found.image) == ("wrong patch", "sha256:1")
    assert len(read_run(run).lines) == 5
    assert read_run(run).results[0].resolved is False


def test_a_log_that_is_gone_is_told(run: RunFolder) -> None:
    (run.attempt(ROW.instance_id, 1, 1) / "test_output.txt").unlink()

    with pytest.raises(EvalError, match="grade it without --logs"):
        list(regrade(run, None))


def test_the_official_files(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d", "e")
    predictions = {
        name: Prediction(
            instance_id=name, model_name_or_path="org/model", model_patch="" if name == "c" else "x\n"
        )
        for name in names[:4]
    }
    timed_out = Grade(instance_id="d", resolved=False, reason="timed out")

    whole, lines = write_predictions(predictions.values(), tmp_path)
    report = run_report(names, predictions, {"a": GOOD, "b": BAD, "d": timed_out})

    assert json.loads(whole.read_text())["a"] == predictions["a"].model_dump()
    assert len(lines.read_text().splitlines()) == 4
    assert report["resolved_ids"] == ["a"]
    assert report["unresolved_ids"] == ["b"]
    assert report["empty_patch_ids"] == ["c"]
    assert report["error_ids"] == ["d"]
    assert report["incomplete_ids"] == ["e"]
    assert report["schema_version"] == 2
