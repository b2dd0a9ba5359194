"""`mimosa eval predictions RUN`."""

import json
from pathlib import Path

from agent.commands.guard import told
from agent.export.words import plural
from agent.state import state_folder
from evals.grading.official import Prediction, ready_row, report_name, run_report, write_predictions
from evals.images.build import EvalImages
from evals.past.sources import Sources
from evals.running.folder import RunFolder
from evals.running.reading import Run, find_run, read_run
from evals.running.request import RunRequest
from evals.running.results import AttemptRecord
from sandbox.images.engine import ensure_engine


def run_predictions(
    run: str, output: Path | None, sample: int, rows: bool, repos: Path | None, wheelhouse: Path | None
) -> int:
    """Write the files, and print the path of each. An attempt without a result has no prediction."""
    with told():
        found = read_run(find_run(run, state_folder() / "runs"))
        target = output or found.folder.path
        model = _model(found.folder)
        counted = {
            result.instance_id: result.counted
            for result in found.results
            if result.sample == sample and result.counted is not None
        }
        predictions = {name: _prediction(found.folder, attempt, model) for name, attempt in counted.items()}
        grades = {name: attempt.grade for name, attempt in counted.items() if attempt.grade is not None}
        written = [*write_predictions(predictions.values(), target)]
        report = target / report_name(model, found.id)
        content = run_report(found.instances, predictions, grades)
        report.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")
        written.append(report)
        if rows:
            written.append(_write_rows(found, target / "rows.jsonl", repos, wheelhouse))
        for path in written:
            print(path)
        missing = len(found.instances) - len(predictions)
        if missing:
            print(f"{plural(missing, 'instance')} without a result, and so without a prediction")
        return 0


def _prediction(folder: RunFolder, attempt: AttemptRecord, model: str) -> Prediction:
    path = folder.patch(attempt.instance_id, attempt.sample, attempt.attempt)
    patch = path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""
    return Prediction(instance_id=attempt.instance_id, model_name_or_path=model, model_patch=patch)


def _model(folder: RunFolder) -> str:
    flags = RunRequest.load(folder.request).flags if folder.request.is_file() else {}
    return str(flags.get("model.name") or "mimosa")


def _write_rows(run: Run, path: Path, repos: Path | None, wheelhouse: Path | None) -> Path:
    sources = Sources(repos.expanduser().absolute() if repos is not None else None)
    images = EvalImages(ensure_engine(), sources, wheelhouse=wheelhouse)
    lines = [json.dumps(ready_row(row, images.ensure(row))) + "\n" for row in run.instances.values()]
    path.write_text("".join(lines), encoding="utf-8")
    return path
