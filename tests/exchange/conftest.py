"""A repository, its snapshot, and the store that both sides are compared in."""

import os
from pathlib import Path

import pytest
from exchanged import git

from sandbox.exchange.trees import Trees
from sandbox.workspace.snapshot import take_snapshot


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    git(root, "init", "-q")
    (root / "a.txt").write_text("".join(f"line {n}\n" for n in range(1, 31)))
    (root / "src" / "b.py").write_text("x = 1\n")
    (root / "run.sh").write_text("true\n")
    (root / ".gitignore").write_text("*.log\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    (root / "new.txt").write_text("untracked\n")
    (root / "x.log").write_text("ignored\n")
    return root


@pytest.fixture
def trees(tmp_path: Path, repository: Path) -> Trees:
    archive = tmp_path / "workspace.tar"
    take_snapshot(repository, archive, uid=os.getuid(), gid=os.getgid())
    return Trees.of_snapshot(archive, tmp_path / "user.git", repository)
