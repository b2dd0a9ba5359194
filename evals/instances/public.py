"""The public data sets by name: from the hub where there is one."""

from pathlib import Path

import httpx

from evals.errors import EvalError, EvalInfrastructure

PUBLIC = {
    "swe-bench": "SWE-bench/SWE-bench",
    "swe-bench-verified": "SWE-bench/SWE-bench_Verified",
    "swe-bench-lite": "SWE-bench/SWE-bench_Lite",
    "swe-bench-multilingual": "SWE-bench/SWE-bench_Multilingual",
    "swe-bench-multimodal": "SWE-bench/SWE-bench_Multimodal",
}
"""Short names, and the repositories of the hub that they stand for."""

TIMEOUT_S = 20
SPLITS = ("test", "dev", "train")


def fetch_public(name: str) -> tuple[Path, ...]:
    """The parquet files of a public data set, kept in the hub client's own cache.

    Raises EvalError where no hub client is installed, EvalInfrastructure where the hub does not answer; both say
    which file to bring instead.
    """
    repository = PUBLIC[name]
    otherwise = (
        f"Where the hub cannot be reached, download the .parquet file of {repository} elsewhere and name it: "
        f"mimosa eval run {name}.parquet"
    )
    try:
        from huggingface_hub import hf_hub_download, snapshot_download
        from huggingface_hub.constants import ENDPOINT
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        raise EvalError(
            f"{name} lies on the hub, and its client is not installed: pip install huggingface-hub. {otherwise}"
        ) from error
    try:
        files = _listed(ENDPOINT, repository)
        return tuple(Path(hf_hub_download(repository, file, repo_type="dataset")) for file in files)
    except Exception as error:  # the client raises httpx's errors, its own, and the standard library's
        try:
            kept = Path(snapshot_download(repository, repo_type="dataset", local_files_only=True))
        except LocalEntryNotFoundError:  # it was never downloaded here
            raise EvalInfrastructure(
                "hub", f"{name} could not be had from the hub ({error}). {otherwise}"
            ) from error
        return tuple(map(Path, _of_one_split([str(file) for file in kept.rglob("*.parquet")])))


def _listed(endpoint: str, repository: str) -> list[str]:
    """The files to fetch. Asked directly: the client would try six times for half a minute, aloud."""
    answer = httpx.get(f"{endpoint}/api/datasets/{repository}", timeout=TIMEOUT_S, follow_redirects=True)
    answer.raise_for_status()
    return _of_one_split([str(entry["rfilename"]) for entry in answer.json()["siblings"]])


def _of_one_split(files: list[str]) -> list[str]:
    """The files of the split that is scored: `test` where there is one."""
    tables = sorted(file for file in files if file.endswith(".parquet"))
    for split in SPLITS:
        if found := [file for file in tables if file.rpartition("/")[2].startswith(split)]:
            return found
    return tables
