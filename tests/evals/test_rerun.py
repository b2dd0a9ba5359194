"""`mimosa eval rerun`: the same rows, the same request, and what has changed told first."""

import shutil
from pathlib import Path

import pytest
import tiny

from evals.errors import EvalError
from evals.instances.selection import Selection
from evals.manifest import ModelFacts, begin_manifest, read_manifest, write_manifest
from evals.manifest.again import request_of
from evals.manifest.model import Manifest
from evals.running.folder import RunFolder
from evals.running.request import RunRequest


def made(tmp_path: Path) -> tuple[Manifest, RunFolder]:
    """The manifest of a run of the second and third of four rows, as a runner leaves it."""
    rows = tiny.tiny_instances([tiny.make_repository(tmp_path / "repo")], 4)
    dataset = tmp_path / "rows.jsonl"
    dataset.write_text("".join(f"{row.model_dump_json()}\n" for row in rows))
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.instances.write_text("".join(f"{row.model_dump_json()}\n" for row in rows[1:3]))
    request = RunRequest(dataset="rows.jsonl", selection=Selection(slice="1:3"), samples=2)
    manifest = begin_manifest(
        run="run",
        request=request,
        dataset=str(dataset),
        instances=rows[1:3],
        model=ModelFacts(name="gold"),
    ).model_copy(update={"directory": str(tmp_path)})
    write_manifest(folder.manifest, manifest)
    return read_manifest(folder.manifest), folder


def test_the_rows_beside_the_manifest_are_the_runs_own(tmp_path: Path) -> None:
    manifest, folder = made(tmp_path)
    (tmp_path / "rows.jsonl").unlink()
    request, other = request_of(manifest, folder.manifest)
    assert other == ()
    assert (request.dataset, request.selection) == (str(folder.instances), Selection())
    assert request.samples == 2


def test_a_manifest_alone_reads_the_data_set_again_and_tells_if_it_changed(tmp_path: Path) -> None:
    manifest, folder = made(tmp_path)
    alone = tmp_path / "elsewhere" / "manifest.json"
    alone.parent.mkdir()
    shutil.copy(folder.manifest, alone)
    request, other = request_of(manifest, alone)
    assert other == ()
    assert request.dataset == str(tmp_path / "rows.jsonl")
    assert request.selection == Selection(slice="1:3")
    changed = (tmp_path / "rows.jsonl").read_text().replace("is wrong", "is not right")
    (tmp_path / "rows.jsonl").write_text(changed)
    _, other = request_of(manifest, alone)
    assert [(one.what, one.decisive) for one in other] == [("data set", True)]


def test_rows_that_somebody_edited_beside_the_manifest_are_not_taken(tmp_path: Path) -> None:
    manifest, folder = made(tmp_path)
    folder.instances.write_text(folder.instances.read_text().replace("is wrong", "is fine"))
    request, other = request_of(manifest, folder.manifest)
    assert request.dataset == str(tmp_path / "rows.jsonl")
    assert other == ()


def test_repositories_that_are_gone_are_named(tmp_path: Path) -> None:
    manifest, folder = made(tmp_path)
    lost = manifest.model_copy(update={"request": manifest.request.model_copy(update={"repos": Path("clones")})})
    with pytest.raises(EvalError, match="clones, which is no folder now"):
        request_of(lost, folder.manifest)
