"""Files that have no history become a repository of one commit, whose id depends on the files alone."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from evals.cache import cache_folder, made_once
from sandbox.workspace.hostgit import HostGit

WHEN = "2020-01-01T00:00:00+0000"
BY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Mimosa"), ("EMAIL", "mimosa@localhost"), ("DATE", WHEN))
}


def commit_files(name: str, files: Mapping[str, bytes]) -> tuple[Path, str]:
    """The repository, kept in the cache under `name` and what is in it, and its commit."""
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]

    def make(folder: Path) -> None:
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        commit_folder(folder)

    folder = made_once(cache_folder("folders") / f"{name}-{digest}", make)
    return folder, HostGit(folder).ask("rev-parse", "HEAD")


def commit_folder(folder: Path) -> str:
    """Commit all that lies in `folder`, which becomes a repository; returns the commit."""
    # What its owner ignores elsewhere counts here: no settings but the folder's own.
    environment = (*BY.items(), ("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_SYSTEM", os.devnull))
    git = HostGit(folder, environment=environment)
    git.run("init", "--quiet", "--template=", "--initial-branch=main")
    git.run("add", "--all", "--force")
    git.run("commit", "--quiet", "--allow-empty", "--message=start")
    return git.ask("rev-parse", "HEAD")
