"""SWE-bench's own files: predictions, the report of a run, and rows that its command can grade as they are."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from evals.grading.base import Grade
from evals.grading.scripts import eval_script
from evals.grading.verdict import PYTEST_PARSER
from evals.images.build import EvalImage
from evals.instances.base import Instance
from model_runtime.messages import Frozen

SCHEMA_VERSION = 2


class Prediction(Frozen):
    """One entry, under the names of the format. `model_patch` is "" if the model gave none."""

    instance_id: str
    model_name_or_path: str
    model_patch: str


def write_predictions(predictions: Iterable[Prediction], folder: Path) -> tuple[Path, Path]:
    """Write `preds.json`, an object by instance id, and `preds.jsonl`, a line each; returns both paths."""
    by_id = {entry.instance_id: entry.model_dump() for entry in predictions}
    folder.mkdir(parents=True, exist_ok=True)
    whole, lines = folder / "preds.json", folder / "preds.jsonl"
    whole.write_text(json.dumps(by_id, indent=2) + "\n", encoding="utf-8")
    lines.write_text("".join(json.dumps(entry) + "\n" for entry in by_id.values()), encoding="utf-8")
    return whole, lines


def report_name(model: str, run_id: str) -> str:
    return f"{model.replace('/', '__')}.{run_id}.json"


def run_report(
    instance_ids: Iterable[str], predictions: Mapping[str, Prediction], grades: Mapping[str, Grade]
) -> dict[str, object]:
    """The report of a run as `swebench eval` writes it: of the grades by instance id, where a prediction that was
    not graded, or whose tests gave no result to be believed, counts as an error."""
    total = sorted(instance_ids)
    submitted = [name for name in total if name in predictions]
    empty = [name for name in submitted if not predictions[name].model_patch.strip()]
    graded = {name: grades[name] for name in submitted if name in grades and name not in empty}
    completed = [name for name, grade in graded.items() if grade.reason not in ("does not apply", "timed out")]
    resolved = [name for name in completed if graded[name].resolved]
    unresolved = [name for name in completed if not graded[name].resolved]
    errors = [name for name in submitted if name not in empty and name not in completed]
    incomplete = [name for name in total if name not in predictions]
    return {
        "total_instances": len(total),
        "submitted_instances": len(predictions),
        "completed_instances": len(completed),
        "resolved_instances": len(resolved),
        "unresolved_instances": len(unresolved),
        "infra_failure_instances": 0,
        "ambiguous_failure_instances": 0,
        "empty_patch_instances": len(empty),
        "error_instances": len(errors),
        "completed_ids": completed,
        "incomplete_ids": incomplete,
        "empty_patch_ids": empty,
        "submitted_ids": sorted(predictions),
        "resolved_ids": resolved,
        "unresolved_ids": unresolved,
        "infra_failure_ids": [],
        "ambiguous_failure_ids": [],
        "failure_reasons": {},
        "error_ids": errors,
        "schema_version": SCHEMA_VERSION,
    }


def ready_row(instance: Instance, image: EvalImage) -> dict[str, object]:
    """The row with all that SWE-bench's command needs: image, script, parser, also those made here."""
    row = instance.model_dump(exclude={"source", "test_command", "task"})
    return row | {
        "FAIL_TO_PASS": json.dumps(instance.FAIL_TO_PASS),
        "PASS_TO_PASS": json.dumps(instance.PASS_TO_PASS),
        "image": image.name,
        "eval_script": eval_script(instance, image.test_command, image.folder),
        "log_parser": instance.log_parser or PYTEST_PARSER,
        "eval_type": instance.eval_type or "pass_and_fail",
    }
