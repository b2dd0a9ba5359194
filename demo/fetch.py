"""Make the demo's repository: a released package with a known bug, as one git commit.

    python demo/fetch.py FOLDER [--sdist FILE] [--bug FILE]

The source distribution comes through pip, as pip is configured on this machine, and is checked against the sha256
in bug.toml. A second run with the same folder changes nothing.

Exit codes: 0 the repository is there, 1 what came is not what was expected, 2 wrong usage, 75 no package index.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
GITIGNORE = "__pycache__/\n*.egg-info/\n"
"""A source distribution leaves the project's .gitignore out; without one, compiled files would look like work."""


class DemoError(Exception):
    """Something that stops the demo. `exit_code` is the process's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Bug:
    """What bug.toml says."""

    package: str
    version: str
    sdist: str
    sha256: str
    date: str
    test_command: str

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the demo's repository.")
    parser.add_argument("folder", type=Path, help="where to put it")
    parser.add_argument("--sdist", type=Path, help="a source distribution you already have, instead of pip")
    parser.add_argument("--bug", type=Path, default=HERE / "bug.toml", help="which release (default: %(default)s)")
    options = parser.parse_args()
    try:
        fetch(read_bug(options.bug), options.folder, options.sdist)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def read_bug(path: Path) -> Bug:
    try:
        return Bug(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise DemoError(f"{path} does not say which release to fetch: {error}", 2) from error


def fetch(bug: Bug, folder: Path, sdist: Path | None) -> None:
    """Make `folder` the repository of `bug`. Raises DemoError."""
    if folder.exists():
        check_existing(bug, folder)
        print(f"{folder} has {bug.requirement} already, at commit {git(folder, 'rev-parse', 'HEAD')}")
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as place:
        staging = Path(place)
        archive = sdist or download(bug, staging)
        check_hash(bug, archive)
        repository = staging / "repository"
        count = unpack(archive, repository)
        commit = commit_all(bug, repository)
        # Last and in one step: a run that is stopped half-way leaves no half a repository.
        repository.rename(folder)
    print(f"unpacked {count} files into {folder}, commit {commit}")


def check_existing(bug: Bug, folder: Path) -> None:
    """Raise DemoError unless `folder` is what a run of this program left, untouched."""
    if not (folder / ".git").is_dir():
        raise DemoError(f"{folder} is there and is not a git repository; name another folder", 2)
    if git(folder, "log", "--format=%s", "-1") != subject(bug) or git(folder, "status", "--porcelain"):
        raise DemoError(f"{folder} was changed since it was fetched; remove it to start afresh", 2)


def download(bug: Bug, staging: Path) -> Path:
    """Let pip fetch the source distribution; returns its path.

    pip gets the hash too, and checks it before it looks into the archive: to learn the name and version in it, pip
    runs the package's own build script.
    """
    requirement = staging / "requirement.txt"
    requirement.write_text(f"{bug.requirement} --hash=sha256:{bug.sha256}\n", encoding="utf-8")
    print(f"downloading {bug.sdist} with pip")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", bug.package]
    command += ["--require-hashes", "--dest", str(staging), "--requirement", str(requirement)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    archive = staging / bug.sdist
    if done.returncode == 0 and archive.is_file():
        return archive
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise DemoError(f"what the package index has as {bug.sdist} is another file than bug.toml expects")
    raise DemoError(
        f"pip could not download {bug.requirement}. It said:\n{last_lines(done.stderr)}\n"
        f"Is there a network, and is pip's index set (PIP_INDEX_URL, or pip config)? Without a network: bring "
        f"{bug.sdist} over and name it with --sdist.",
        75,
    )


def last_lines(text: str, count: int = 4) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])


def check_hash(bug: Bug, archive: Path) -> None:
    if not archive.is_file():
        raise DemoError(f"{archive} is not a file", 2)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != bug.sha256:
        raise DemoError(f"{archive} is not {bug.sdist}: its sha256 is {found}, expected {bug.sha256}")
    print(f"sha256 of {bug.sdist} is as expected")


def unpack(archive: Path, target: Path) -> int:
    """Write the archive's regular files below `target`, without its top folder; returns how many.

    Done by hand: Debian 12's Python has no extraction filter, and without one an archive may write anywhere.
    """
    count = 0
    with tarfile.open(archive, "r:gz") as bundle:
        for member in bundle:
            parts = PurePosixPath(member.name).parts
            if member.isdir():
                continue
            source = bundle.extractfile(member) if member.isfile() else None
            if source is None or parts[0] == "/" or ".." in parts or ".git" in parts or len(parts) < 2:
                raise DemoError(f"{archive} holds {member.name!r}, which no source distribution should")
            path = target.joinpath(*parts[1:])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read())
            path.chmod(0o755 if member.mode & 0o100 else 0o644)
            count += 1
    return count


def commit_all(bug: Bug, repository: Path) -> str:
    """Make `repository` a git repository with everything in one commit; returns the commit's id."""
    (repository / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    git(repository, "init", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main")
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--message", subject(bug), date=bug.date)
    return git(repository, "rev-parse", "HEAD")


def subject(bug: Bug) -> str:
    return f"{bug.package} {bug.version}, as released"


def git(repository: Path, *arguments: str, date: str = "") -> str:
    """Run git in `repository`, with none of the machine's or the user's settings, so that the same files give the
    same commit everywhere; returns what it printed."""
    if shutil.which("git") is None:
        raise DemoError("git is not installed (Debian: apt-get install git)", 2)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    for person in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{person}_NAME": "Mimosa demo", f"GIT_{person}_EMAIL": "demo@mimosa.invalid"}
        environment |= {f"GIT_{person}_DATE": date} if date else {}
    done = subprocess.run(["git", *arguments], cwd=repository, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise DemoError(f"git {arguments[0]} failed in {repository}:\n{last_lines(done.stderr)}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
