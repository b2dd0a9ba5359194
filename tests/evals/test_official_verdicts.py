"""The official `swebench eval` gives the same verdicts on the same patches, and its report says what ours says."""

import json
from pathlib import Path

import pytest
from eval_repositories import BUGGY, FIXED, patch_of
from official_swebench import NotInstalled, official_command, official_eval

from evals.grading.grader import DockerGrader
from evals.grading.official import Prediction, ready_row, report_name, run_report, write_predictions
from evals.images.build import EvalImages
from evals.instances.base import Instance

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

MODEL, RUN = "mimosa/test", "same"


@pytest.fixture
def official(tmp_path: Path) -> Path:  # noqa: ARG001 - installed before anything else is done
    try:
        return official_command()
    except NotInstalled as reason:
        pytest.skip(str(reason))


def patches(calc: Instance) -> dict[str, bytes]:
    return {
        "gold": calc.patch.encode(),
        "wrong": patch_of(calc, {"calc.py": BUGGY + "# nothing\n"}),
        "broke": patch_of(calc, {"calc.py": FIXED.replace("a * 2", "a * 3")}),
        "elsewhere": calc.patch.replace("a - b", "x - y").encode(),
        "empty": b"",
    }


@pytest.mark.usefixtures("official")
def test_official_and_own_verdicts_are_equal(
    calc: Instance, eval_images: EvalImages, grader: DockerGrader, tmp_path: Path
) -> None:
    image = eval_images.ensure(calc)
    made = {f"acme__calc-{name}": patch for name, patch in patches(calc).items()}
    rows = [ready_row(calc.model_copy(update={"instance_id": name}), image) for name in made]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    predictions = {
        name: Prediction(instance_id=name, model_name_or_path=MODEL, model_patch=patch.decode())
        for name, patch in made.items()
    }
    written, _ = write_predictions(predictions.values(), tmp_path)

    official_eval(tmp_path / "rows.jsonl", written, RUN, tmp_path)

    theirs = json.loads((tmp_path / report_name(MODEL, RUN)).read_text())
    grades = {
        name: grader.grade(calc.model_copy(update={"instance_id": name}), patch, tmp_path / name)
        for name, patch in made.items()
    }
    ours = run_report(made, predictions, grades)
    reasons = ("infra_failure_ids", "ambiguous_failure_ids", "failure_reasons")  # a reading of their logs alone
    for key, value in ours.items():
        if key not in reasons:
            assert theirs[key] == value, key
    assert theirs["resolved_ids"] == ["acme__calc-gold"]
