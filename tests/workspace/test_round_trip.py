"""From the user's folder into a sandbox, through commands there, and back as a diff."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.channel.supervised import SupervisedSandbox
from sandbox.container.options import DockerOptions, agent_gid, agent_uid
from sandbox.delivery.apply import apply_to_worktree, commit_to_branch
from sandbox.docker import DockerSandbox
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import take_snapshot
from tests.workspace.places import Repo, tree

COMMANDS = r"""
printf 'a\r\nb\r\n' >'new ü.txt'
sed -i s/two/2/ src/app.py
git mv README.md docs.md
chmod -x run.sh
ln -s src/app.py link
git -c commit.gpgSign=false commit -qam 'of the agent' && git log --format=%s -1
mkdir -p made && cd made && git init -q && echo x >file
"""


@pytest.fixture
async def local(repo: Repo, tmp_path: Path) -> AsyncIterator[SupervisedSandbox]:
    snapshot = take_snapshot(repo.path, tmp_path / "s.tar", uid=os.geteuid(), gid=os.getegid())
    sandbox = LocalSandbox(tmp_path / "local", snapshot)
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def docker(repo: Repo, tmp_path: Path, base_image: str) -> AsyncIterator[SupervisedSandbox]:
    snapshot = take_snapshot(repo.path, tmp_path / "s.tar", uid=agent_uid(), gid=agent_gid())
    sandbox = DockerSandbox(DockerOptions(base_image), snapshot)
    yield sandbox
    await sandbox.close()


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> SupervisedSandbox:
    found: SupervisedSandbox = request.getfixturevalue(request.param)
    return found


async def test_what_commands_do_to_the_copy_reaches_the_user_as_a_diff(
    sandbox: SupervisedSandbox, repo: Repo
) -> None:
    before = tree(repo.path)
    await sandbox.start()
    assert (await sandbox.run("git status --porcelain")).output == ""
    assert "of the agent" in (await sandbox.run(COMMANDS)).output
    assert (await sandbox.checkpoint()).number == 1
    patch = await sandbox.diff()
    assert tree(repo.path) == before
    commit_to_branch(repo.path, patch, "agent", "Of the agent", repo.git("rev-parse", "HEAD"))
    apply_to_worktree(repo.path, patch)
    after = tree(repo.path)
    assert set(after) == (set(before) - {"README.md"}) | {"new ü.txt", "docs.md", "link", "made/file"}
    assert after["new ü.txt"] == ("file", b"a\r\nb\r\n")
    assert after["run.sh"][0] == "file"
    await sandbox.restore(0)
    assert await sandbox.diff() == b""
    assert (await sandbox.apply(patch)).number in (1, 2)
    assert await sandbox.diff() == patch
