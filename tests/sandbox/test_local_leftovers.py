"""Folders of local sandboxes: a start removes those of Mimosas that were killed, and no other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.local_leftovers import new_root, sweep_folders

STARTS = """
import asyncio
from sandbox.local import LocalSandbox
from sandbox.local_leftovers import new_root

async def main():
    root = new_root()
    await LocalSandbox(root).start()
    print(root, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_a_folder_goes_when_its_mimosa_was_killed_and_not_before(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, text=True) as mimosa:
        assert mimosa.stdout is not None
        root = Path(mimosa.stdout.readline().strip())
        assert root.parent == temporary
        locked = root / "workspace" / "read-only"
        locked.mkdir()
        (locked / "file").touch()
        locked.chmod(0o500)
        while_it_runs = sweep_folders()
        os.kill(mimosa.pid, signal.SIGKILL)

    assert while_it_runs == []
    assert sweep_folders() == [root]
    assert not root.exists()


def test_what_nobody_signed_stays(temporary: Path) -> None:
    unsigned = new_root()
    unsigned.mkdir()
    (temporary / "mimosa-notes").mkdir()

    assert sweep_folders() == []
    assert unsigned.exists()
