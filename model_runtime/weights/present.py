"""A model that is here already, checked without a network: against the list that a fetch left beside it, against
the names that the cache gives its files, and against what the weights' own headers say."""

import json
import shutil
from pathlib import Path

from model_runtime.serving.errors import PlanRefused
from model_runtime.serving.shards import weight_bytes
from model_runtime.weights.base import FetchFailed, Listing, Moved, RemoteFile, Report
from model_runtime.weights.digest import PIECE, why_wrong

LIST = "mimosa-files.json"
"""The list that `fetch --to` leaves in the folder: name, size and hash of each file."""


def write_list(folder: Path, listing: Listing) -> None:
    files = [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in listing.files]
    about = {"repository": listing.repository, "commit": listing.commit, "files": files}
    (folder / LIST).write_text(json.dumps(about, indent=1), encoding="utf-8")


def listed(folder: Path) -> Listing | None:
    """What should be in `folder`: by its own list, or by the cache's names. None if nobody knows."""
    try:
        about = json.loads((folder / LIST).read_text(encoding="utf-8"))
        files = tuple(RemoteFile(each["name"], each["size"], each.get("sha256", "")) for each in about["files"])
        commit = str(about["commit"])
        return Listing(str(about["repository"]), commit, commit, files)
    except FileNotFoundError:
        return _cached(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchFailed(f"{folder / LIST} cannot be read ({error}); remove it, or fetch again.") from error


def check(folder: Path, report: Report) -> str:
    """Raises FetchFailed for the first file that is not as it should be. Returns in words what was checked."""
    listing = listed(folder)
    for file in listing.files if listing is not None else ():
        if wrong := why_wrong(folder / file.name, file, report):
            raise FetchFailed(f"{folder / file.name} {wrong}. Fetch the model again: what is right is kept.")
    try:
        weights = weight_bytes(folder)
    except PlanRefused as error:
        raise FetchFailed(str(error)) from error
    size = (weights.model + weights.mtp) / 1e9
    if listing is None:
        return f"{size:.1f} GB of weights, whole by their headers (there is no list of hashes)"
    return f"{len(listing.files)} files with the right hashes, {size:.1f} GB of weights"


def copy(source: Path, target: Path, report: Report) -> None:
    """Every file that the target lacks, or has with another size."""
    for path in sorted(each for each in source.rglob("*") if each.is_file() and ".cache" not in each.parts):
        place = target / path.relative_to(source)
        if place.is_file() and place.stat().st_size == path.stat().st_size:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")
        with path.open("rb") as read, part.open("wb") as written:
            while piece := read.read(PIECE):
                written.write(piece)
                report(Moved(path.name, len(piece), "copy"))
        shutil.copymode(path, part)
        part.replace(place)


def _cached(folder: Path) -> Listing | None:
    """In the hub's cache, a file is a link to a blob that is named by its hash."""
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            blob = path.resolve()
            large = len(blob.name) == 64
            size = blob.stat().st_size if blob.exists() else 0
            digest = (blob.name, "") if large else ("", blob.name)
            files.append(RemoteFile(str(path.relative_to(folder)), size, *digest))
    return Listing(folder.parent.parent.name, folder.name, folder.name, tuple(files)) if files else None
