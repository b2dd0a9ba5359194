"""From a manifest to a request that makes the same run."""

from pathlib import Path

from evals.errors import EvalError
from evals.instances.dataset import load_dataset
from evals.instances.selection import Selection, select
from evals.manifest.collect import rows_sha256
from evals.manifest.differences import Difference
from evals.manifest.model import Manifest
from evals.running.folder import RunFolder
from evals.running.reading import read_instances
from evals.running.request import RunRequest


def request_of(manifest: Manifest, file: Path) -> tuple[RunRequest, tuple[Difference, ...]]:
    """The request, and what is other of the rows. Those that lie beside the manifest `file` are the run's own and
    are taken; where there are none, the data set is read again. Raises EvalError."""
    request = _from_there(manifest)
    kept = RunFolder(file.parent.absolute()).instances
    rows = tuple(read_instances(kept).values())
    if rows and rows_sha256(rows) == manifest.dataset.sha256:
        return request.model_copy(update={"dataset": str(kept), "selection": Selection()}), ()
    found = rows_sha256(select(load_dataset(request.dataset), request.selection))
    if found == manifest.dataset.sha256:
        return request, ()
    return request, (Difference("data set", manifest.dataset.sha256[:12], found[:12]),)


def _from_there(manifest: Manifest) -> RunRequest:
    """Paths of the request as seen from anywhere: they may be relative to where the run was started."""
    request, there = manifest.request, Path(manifest.directory)
    changes: dict[str, object] = {}
    if (there / request.dataset).exists():
        changes["dataset"] = str(there / request.dataset)
    if request.repos is not None:
        changes["repos"] = there / request.repos
        if not (there / request.repos).is_dir():
            raise EvalError(f"The run took its repositories from {there / request.repos}, which is no folder now.")
    if request.wheelhouse is not None:
        changes["wheelhouse"] = there / request.wheelhouse
    return request.model_copy(update=changes)
