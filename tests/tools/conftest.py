"""A session's tools over a real sandbox that holds a small repository."""

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tool_bench import Bench

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.local import LocalSandbox
from sandbox.workspace.snapshot import take_snapshot
from tools.bash.tool import BashSettings
from tools.standard import standard_tools
from tools.toolbox import Toolbox


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "my repo"
    root.joinpath("src").mkdir(parents=True)
    root.joinpath("src/parser.py").write_text(
        'def parse(line):\n    """Fields of a line."""\n    fields = line.split(",")\n    return fields[:-1]\n'
    )
    root.joinpath("src/lexer.py").write_text("def lex(text):\n    return text.split()\n")
    root.joinpath("README.md").write_text("# Parser\n")
    subprocess.run(
        "git init -q && git add . && git -c user.name=t -c user.email=t@t commit -qm first",
        shell=True,
        cwd=root,
        check=True,
    )
    return root


@pytest.fixture
async def bench(repository: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    snapshot = take_snapshot(repository, tmp_path / "snapshot.tar", uid=os.getuid(), gid=os.getgid())
    sandbox = LocalSandbox(tmp_path / "a sandbox", snapshot)
    await sandbox.start()
    settings = BashSettings(background_after=1, default_timeout=20, max_timeout=30)
    yield Bench(sandbox, Toolbox(standard_tools(settings), sandbox))
    await sandbox.close()


@pytest.fixture
async def docker_bench(repository: Path, tmp_path: Path, base_image: str) -> AsyncIterator[Bench]:
    options = DockerOptions(base_image, memory_mb=512, pids=128)
    snapshot = take_snapshot(repository, tmp_path / "snapshot.tar", uid=options.uid, gid=options.gid)
    sandbox = DockerSandbox(options, snapshot)
    await sandbox.start()
    yield Bench(sandbox, Toolbox(standard_tools(BashSettings(background_after=1)), sandbox))
    await sandbox.close()
