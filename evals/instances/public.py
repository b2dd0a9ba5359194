"""The public data sets by name: from the hub where there is one."""

from pathlib import Path

from evals.errors import EvalError, EvalInfrastructure

PUBLIC = {
    "swe-bench": "SWE-bench/SWE-bench",
    "swe-bench-verified": "SWE-bench/SWE-bench_Verified",
    "swe-bench-lite": "SWE-bench/SWE-bench_Lite",
    "swe-bench-multilingual": "SWE-bench/SWE-bench_Multilingual",
    "swe-bench-multimodal": "SWE-bench/SWE-bench_Multimodal",
}
"""Short names, and the repositories of the hub that they stand for."""

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
        from huggingface_hub import HfApi, hf_hub_download
    except ImportError as error:
        raise EvalError(
            f"{name} lies on the hub, and its client is not installed: pip install huggingface-hub. {otherwise}"
        ) from error
    try:
        files = _of_one_split(HfApi().list_repo_files(repository, repo_type="dataset"))
        return tuple(Path(hf_hub_download(repository, file, repo_type="dataset")) for file in files)
    except Exception as error:  # the client raises its own, httpx's and the standard library's
        raise EvalInfrastructure("hub", f"{name} could not be had from the hub ({error}). {otherwise}") from error


def _of_one_split(files: list[str]) -> list[str]:
    """The files of the split that is scored: `test` where there is one."""
    tables = sorted(file for file in files if file.endswith(".parquet"))
    for split in SPLITS:
        if found := [file for file in tables if file.rpartition("/")[2].startswith(split)]:
            return found
    return tables
