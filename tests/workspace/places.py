"""Real repositories, and a place on this machine where a snapshot of one is unpacked as in a sandbox."""

import asyncio
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import AdminFailed
from sandbox.workspace.checkpoints import Checkpoints
from sandbox.workspace.snapshot import Snapshot

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


@dataclass(frozen=True)
class Repo:
    """A repository that a test edits as its user would."""

    path: Path

    def git(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path,
            env=os.environ | IDENTITY | (env or {}),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, name: str, content: bytes | str = b"") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def commit(self, message: str = "a commit") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


class BashShell:
    """Runs the commands of checkpoints with bash on this machine, apart from the settings of this process."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        self._folder = folder
        self._user = user

    async def admin(self, command: str, *, timeout: float = 120.0) -> bytes:
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-s",
            user=self._user,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"]},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, words = await asyncio.wait_for(process.communicate(f"{{ {command}\n}}".encode()), timeout)
        if process.returncode:
            raise AdminFailed(process.returncode, words or output, command)
        return output


@dataclass(frozen=True)
class Place:
    """A snapshot, unpacked."""

    root: Path
    snapshot: Snapshot
    shell: BashShell
    checkpoints: Checkpoints

    @property
    def workspace(self) -> Repo:
        return Repo(self.root / "workspace")

    @property
    def store(self) -> Path:
        return self.root / "mimosa" / "store.git"


def unpack(snapshot: Snapshot, root: Path, user: int | None = None) -> Place:
    """Unpack an archive below `root`; its commands run as `user`."""
    root.mkdir(parents=True)
    subprocess.run(["tar", "-xf", snapshot.archive, "-C", root], check=True)
    shell = BashShell(root, user)
    checkpoints = Checkpoints(shell, os.fspath(root / "workspace"), os.fspath(root / "mimosa"))
    return Place(root, snapshot, shell, checkpoints)


def tree(folder: Path) -> dict[str, tuple[str, bytes]]:
    """What git keeps of a folder: path → (kind, content or target); `.git` at any depth is left out."""
    found: dict[str, tuple[str, bytes]] = {}
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        folders[:] = [name for name in folders if name != ".git" and name not in links]
        for name in [*files, *links]:
            path = Path(where) / name
            if name == ".git":
                continue
            if path.is_symlink():
                found[os.fspath(path.relative_to(folder))] = ("link", os.fsencode(path.readlink()))
            elif path.is_file():
                kind = "program" if path.stat().st_mode & 0o100 else "file"
                found[os.fspath(path.relative_to(folder))] = (kind, path.read_bytes())
    return found


def git_apply(patch: bytes, folder: Path) -> None:
    """Apply a patch with git as anybody would."""
    if patch:
        subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=patch, check=True)


def give_away(folder: Path, user: int) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.lchown(path, user, user)


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


def trust_every_folder(settings: Path) -> None:
    """What the owner of these settings has to say before git works in folders of other users."""
    with settings.open("a") as file:
        file.write("[safe]\n\tdirectory = *\n")
