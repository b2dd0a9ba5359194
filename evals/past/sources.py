"""Where an instance's repository comes from: a folder of clones, a path of its own, a clone made here."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.cache import cache_folder, made_once
from evals.errors import EvalError, EvalInfrastructure
from evals.instances.base import Instance
from sandbox.workspace.hostgit import GitFailed, HostGit

UPSTREAM = "https://github.com/{repo}.git"
CLONE_LIMIT_S = 3600


@dataclass(frozen=True)
class Sources:
    """`folder` holds clones, mirrors or bundles by repository name, None if there is none: for acme/tool,
    `acme/tool`, `acme__tool`, `acme+tool` or `tool`, as a clone, bare (also `….git`), or as `….bundle`."""

    folder: Path | None = None

    def find(self, instance: Instance) -> Path:
        """A git repository that holds the base commit; it is only read, but for a clone in the cache that is made
        or brought up to date. Raises EvalError where it cannot be the right one, EvalInfrastructure where it
        could not be had."""
        return self.at_hand(instance) or _cloned(instance)

    def at_hand(self, instance: Instance) -> Path | None:
        """As `find`, None where it would have to be cloned."""
        if self.folder is not None and not self.folder.is_dir():
            raise EvalError(f"--repos {self.folder} is no folder.")
        if (own := Path(instance.repo).expanduser()).is_absolute() or instance.repo.startswith("."):
            return _with_commit(own, instance)
        for candidate in self._candidates(instance.repo):
            if candidate.suffix == ".bundle":
                return _with_commit(_of_bundle(candidate, instance.repo), instance)
            if is_repository(candidate):
                return _with_commit(candidate, instance)
        return None

    def _candidates(self, repo: str) -> Iterator[Path]:
        if self.folder is None:
            return
        for name in dict.fromkeys((repo, repo.replace("/", "__"), repo.replace("/", "+"), repo.split("/")[-1])):
            for suffix in ("", ".git", "/repo", ".bundle"):
                path = self.folder / f"{name}{suffix}"
                if path.exists():
                    yield path


def has_commit(repository: Path, commit: str) -> bool:
    try:
        return HostGit(repository).run("cat-file", "-t", commit).strip() == b"commit"
    except GitFailed:
        return False


def is_repository(path: Path) -> bool:
    """Whether `path` itself is a repository; not merely inside one."""
    return (path / ".git").exists() or ((path / "objects").is_dir() and (path / "HEAD").is_file())


def _with_commit(repository: Path, instance: Instance) -> Path:
    if not is_repository(repository):
        raise EvalError(f"{instance.instance_id}: {repository} is no git repository.")
    if not has_commit(repository, instance.base_commit):
        raise EvalError(
            f"{instance.instance_id}: {repository} does not hold the base commit {instance.base_commit}; "
            "fetch its whole history (git fetch --unshallow), or name another clone with --repos."
        )
    return repository


def _of_bundle(bundle: Path, repo: str) -> Path:
    """A clone in the cache of what the bundle holds now."""
    facts = bundle.stat()
    clone = cache_folder("repos") / f"{repo.replace('/', '__')}.{facts.st_size:x}-{facts.st_mtime_ns:x}.git"
    return made_once(clone, lambda new: _git(repo, "clone", "--quiet", "--mirror", str(bundle), str(new)))


def _cloned(instance: Instance) -> Path:
    clone = cache_folder("repos") / f"{instance.repo.replace('/', '__')}.git"
    if not clone.exists():
        upstream = UPSTREAM.format(repo=instance.repo)
        made_once(clone, lambda new: _git(instance.repo, "clone", "--quiet", "--mirror", upstream, str(new)))
    elif not has_commit(clone, instance.base_commit):
        _git(instance.repo, "-C", str(clone), "fetch", "--quiet", "origin", instance.base_commit)
    return _with_commit(clone, instance)


def _git(repo: str, *arguments: str) -> None:
    """The git program itself: HostGit reaches no network, on purpose."""
    try:
        done = subprocess.run(
            ["git", "-c", "credential.helper=", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CLONE_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise EvalInfrastructure("repository", f"{repo} could not be cloned within an hour.") from error
    if done.returncode:
        raise EvalInfrastructure(
            "repository",
            f"{repo} could not be cloned: {done.stderr.strip()[-500:]}. Where the network does not allow it, "
            "bring a clone and name the folder that it lies in with --repos.",
        )
