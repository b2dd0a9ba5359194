"""The manifest of a run: complete, without secrets, and honest about what has changed since."""

import json
from pathlib import Path

import pytest
from written_runs import WrittenRun, instance

from evals.errors import EvalError
from evals.manifest import ModelFacts, begin_manifest, finish_manifest, read_manifest, write_manifest
from evals.manifest.differences import differences
from evals.running.reading import read_run
from evals.running.request import RunRequest

ROWS = (instance("a__a-1"), instance("a__a-2"))
REQUEST = RunRequest(dataset="rows.jsonl")
MODEL = ModelFacts(name="mimo-v2-flash", endpoint="http://127.0.0.1:30000/v1", server_flags={"tp_size": "8"})


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    manifest = begin_manifest(
        run="r1",
        request=REQUEST,
        dataset="rows.jsonl",
        instances=ROWS,
        model=MODEL,
        seed=7,
    )
    write_manifest(tmp_path / "manifest.json", manifest)
    assert read_manifest(tmp_path) == read_manifest(tmp_path / "manifest.json") == manifest
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    assert manifest.dataset.instances == 2
    assert manifest.packages["pytest"] == pytest.__version__
    assert manifest.hardware.cores >= 1
    assert manifest.hardware.memory > 2**20


def test_other_rows_or_another_order_give_another_hash() -> None:
    def digest(rows: tuple[object, ...]) -> str:
        made = begin_manifest(run="r", request=REQUEST, dataset="d", instances=rows, model=MODEL)  # type: ignore[arg-type] # tuples of rows
        return made.dataset.sha256

    assert digest(ROWS) == digest(ROWS)
    assert digest(ROWS) != digest(ROWS[::-1])
    assert digest(ROWS) != digest((ROWS[0], instance("a__a-2", patch="x")))


def test_the_end_of_a_run_adds_the_images_that_were_used(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "r1", ROWS)
    manifest = begin_manifest(run="r1", request=REQUEST, dataset="d", instances=ROWS, model=MODEL)
    run.begin("a__a-1")
    run.end("a__a-1", image_digest="sha256:abc")
    run.finish()
    ended = finish_manifest(manifest, read_run(run.folder).lines)
    assert ended.images == {"a__a-1": "sha256:abc"}
    assert ended.ended_at >= ended.started_at > 0


def test_what_has_changed_since_is_told_and_nothing_else() -> None:
    manifest = begin_manifest(run="r1", request=REQUEST, dataset="d", instances=ROWS, model=MODEL)
    assert differences(manifest) == ()
    other = manifest.model_copy(
        update={
            "prompts_sha256": "0" * 64,
            "packages": {**manifest.packages, "mimosa-coder": "0.0.1", "rich": "1"},
            "hardware": manifest.hardware.model_copy(update={"cores": 192}),
        }
    )
    told = differences(other)
    assert [(change.what, change.decisive) for change in told] == [
        ("prompts", True),
        ("mimosa-coder", True),
        ("packages", False),
        ("processor", False),
    ]
    assert "rich" in told[2].now


def test_a_file_that_is_no_manifest_is_told_from_one_of_a_later_version(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    with pytest.raises(EvalError, match="cannot be read: No such file"):
        read_manifest(file)
    file.write_text('{"run": 1}')
    with pytest.raises(EvalError, match="is no manifest of a run"):
        read_manifest(file)
    file.write_text(json.dumps({"version": 9, "novelty": True}))
    with pytest.raises(EvalError, match="format version 9"):
        read_manifest(file)
