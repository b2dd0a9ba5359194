"""A repository from somewhere else: nothing that it names is run on the host, nothing outside it is read."""

import os
import struct
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from sandbox.delivery.apply import apply_to_worktree
from sandbox.delivery.branch import commit_to_branch
from sandbox.errors import RepositoryError
from sandbox.workspace.snapshot import take_snapshot
from tests.workspace.places import Place, Repo, tree

Enter = Callable[..., Place]

HOOKS = [
    "post-index-change",
    "pre-commit",
    "post-checkout",
    "reference-transaction",
    "pre-auto-gc",
    "post-rewrite",
]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program; running it leaves a file beside it."""
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >>'{tmp_path}/sprung'\ncat\n")
    program.chmod(0o755)
    return program


def sprung(trap: Path) -> str:
    log = trap.with_name("sprung")
    return log.read_text() if log.exists() else ""


@pytest.fixture
def hostile(repo: Repo, trap: Path) -> Repo:
    """Every setting that makes some git command run a program names the trap."""
    repo.write(".gitattributes", "*.py filter=evil diff=evil merge=evil\n*.md filter=lfs\n")
    repo.commit()
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.gitProxy",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "credential.helper",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "merge.evil.driver",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.lfs.process",
        "gpg.program",
        "uploadpack.packObjectsHook",
    ):
        repo.git("config", key, str(trap))
    hooks = repo.path / ".git" / "own hooks"
    hooks.mkdir()
    for name in HOOKS:
        (hooks / name).symlink_to(trap)
        (repo.path / ".git" / "hooks" / name).symlink_to(trap)
    repo.git("config", "core.hooksPath", str(hooks))
    repo.git("config", "filter.lfs.required", "true")
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "remote.origin.url", f"ext::{trap}")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "extensions.partialClone", "origin")
    (repo.path / "src/app.py").write_text("print('one')\nprint('2')\nprint('three')\n")
    (repo.path / "README.md").write_text("hello there\n")
    os.utime(repo.path / "run.sh", (1, 1))
    trap.with_name("sprung").unlink(missing_ok=True)
    return repo


def test_the_trap_works(hostile: Repo, trap: Path) -> None:
    hostile.git("status")
    assert "trap" in sprung(trap) or "hooks" in sprung(trap)


async def test_nothing_is_run_by_a_snapshot_a_patch_or_a_branch(hostile: Repo, trap: Path, enter: Enter) -> None:
    place = enter(hostile.path)
    assert tree(place.workspace.path) == tree(hostile.path)
    await place.checkpoints.begin()
    place.workspace.write("run.sh", "#!/bin/sh\necho changed\n").chmod(0o755)
    place.workspace.write("src/app.py", "print('one')\nprint('2')\nprint('3')\n")
    place.workspace.write("src/new.py", "new\n")
    patch = await place.checkpoints.diff()
    apply_to_worktree(hostile.path, patch)
    assert tree(hostile.path) == tree(place.workspace.path)
    for name in ("src/app.py", "src/new.py"):
        assert name.encode() in patch
    only_program = place.workspace.path / "run.sh"
    await place.checkpoints.restore(0)
    only_program.write_text("#!/bin/sh\necho for the branch\n")
    commit_to_branch(hostile.path, await place.checkpoints.diff(), "agent/fix", "A fix", place.snapshot.head)
    assert sprung(trap) == ""


def test_files_elsewhere_are_not_taken_for_the_working_tree(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("secret")
    repo.git("config", "core.worktree", str(tmp_path / "private"))
    with pytest.raises(RepositoryError, match=r"core\.worktree"):
        take_snapshot(repo.path, tmp_path / "s.tar", uid=0, gid=0)


def test_a_folder_that_became_a_link_is_not_followed(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "app.py").write_text("secret")
    (repo.path / "src" / "app.py").unlink()
    (repo.path / "src").rmdir()
    (repo.path / "src").symlink_to(tmp_path / "outside")
    place = enter(repo.path)
    assert "src/app.py" not in tree(place.workspace.path)
    assert tree(place.workspace.path)["src"][0] == "link"


def test_an_index_that_names_files_outside_takes_none(repo: Repo, enter: Enter, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    blob = repo.git("hash-object", "-w", str(tmp_path / "secret"))
    index = repo.path / ".git" / "index"
    content = index.read_bytes()[:-20]
    name = b"../secret"
    entry = struct.pack(">10I20sH", *[0] * 6, 0o100644, 0, 0, 6, bytes.fromhex(blob), len(name)) + name
    entry += bytes(8 - len(entry) % 8)
    header, rest = content[:12], content[12:]
    crafted = header[:8] + struct.pack(">I", struct.unpack(">I", header[8:])[0] + 1) + entry + rest
    index.write_bytes(crafted + sha1(crafted).digest())
    assert "../secret" in repo.git("ls-files")
    place = enter(repo.path)
    assert tree(place.workspace.path) == tree(repo.path)
    assert not (place.root / "secret").exists()


def test_settings_of_a_calling_git_have_no_say(repo: Repo, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")
    monkeypatch.setenv("GIT_WORK_TREE", "/")
    taken = enter(repo.path)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name)
    assert tree(taken.workspace.path) == tree(repo.path)
