"""A sandbox that begins with a copy of a repository."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.container.options import agent_gid, agent_uid
from sandbox.docker import DockerSandbox
from sandbox.errors import SandboxDied, SandboxError
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import take_snapshot
from tests.sandbox.conftest import AnySandbox, docker_options, started


def git(repository: Path, *words: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *identity, *words], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit, one change that is not committed, one file that is ignored."""
    repository = tmp_path / "the repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    (repository / "committed").write_text("one\n")
    (repository / "tool").write_text("#!/bin/sh\necho works\n")
    (repository / "tool").chmod(0o755)
    (repository / "link").symlink_to("committed")
    (repository / ".gitignore").write_text("ignored\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    (repository / "committed").write_text("two\n")
    (repository / "ignored").write_text("not taken\n")
    return repository


@pytest_asyncio.fixture
async def begun(backend: str, image: str, repository: Path, tmp_path: Path) -> AsyncIterator[AnySandbox]:
    archive = tmp_path / "snapshot.tar"
    sandbox: AnySandbox
    if backend == "docker":
        options = docker_options(image)
        sandbox = DockerSandbox(options, take_snapshot(repository, archive, uid=options.uid, gid=options.gid))
    else:
        snapshot = take_snapshot(repository, archive, uid=agent_uid(), gid=agent_gid())
        sandbox = LocalSandbox(tmp_path / "box", snapshot)
    async with started(sandbox):
        yield sandbox


async def test_the_workspace_is_the_working_tree_as_it_was(begun: AnySandbox) -> None:
    result = await begun.run(
        "cat committed; ./tool; readlink link; ls -A; git status --short; git log --format=%s"
    )
    assert result.output.split("\n") == [
        *("two", "works", "committed"),
        *(".git", ".gitignore", "committed", "link", "tool"),
        *(" M committed", "first", ""),
    ]
    assert await begun.diff() == b""


async def test_what_the_agent_does_comes_out_as_a_patch_that_git_takes(
    begun: AnySandbox, repository: Path, tmp_path: Path
) -> None:
    await begun.run(r"echo three >committed; git mv tool renamed; printf '\0\377' >binary; rm link")
    await begun.checkpoint()
    patch = await begun.diff()
    assert begun.saved_patch == patch
    (tmp_path / "patch").write_bytes(patch)
    git(repository, "apply", str(tmp_path / "patch"))
    assert (repository / "committed").read_text() == "three\n"
    assert (repository / "binary").read_bytes() == b"\0\xff"
    assert names(repository) == [".git", ".gitignore", "binary", "committed", "ignored", "renamed"]


async def test_a_local_sandbox_is_gone_after_its_end_whatever_was_made_in_it(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    async with started(LocalSandbox(tmp_path / "box")) as sandbox:
        await sandbox.run("mkdir -p a/b; echo >a/b/c; chmod 500 a/b a; ln -s ../../kept link; mkfifo pipe")
    assert names(tmp_path) == ["kept"]


async def test_a_local_sandbox_takes_no_folder_that_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("here")
    sandbox = LocalSandbox(tmp_path)
    with pytest.raises(SandboxError, match="not empty"):
        await sandbox.start()
    await sandbox.close()
    assert (tmp_path / "precious").read_text() == "here"


async def test_a_local_sandbox_sees_none_of_the_hosts_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MIMOSA_API_KEY", "OPENAI_API_KEY", "GITHUB_TOKEN", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "confidential")
    async with started(LocalSandbox(tmp_path / "box")) as sandbox:
        inside = await sandbox.run("env; set; cat /proc/$$/environ /proc/$PPID/environ")
        assert "confidential" not in inside.output
        assert (await sandbox.run("echo ~")).output == f"{tmp_path}/box/home\n"


async def test_a_local_sandbox_whose_folder_is_gone_says_so(tmp_path: Path) -> None:
    async with started(LocalSandbox(tmp_path / "box")) as sandbox:
        with pytest.raises(SandboxDied, match="no shell can be started"):
            await sandbox.run(f"rm -rf '{tmp_path}/box'; kill -9 $(ps -o ppid= -p $PPID) $PPID", timeout=30)
