"""A sandbox that isolates nothing: a private folder on the host. For people who insist, and say so."""

import asyncio
import os
import secrets
import tarfile
from pathlib import Path

from sandbox.channel.commands import OUTPUT_LIMIT
from sandbox.channel.premises import QUIET_PROGRAMS, Premises
from sandbox.channel.supervised import SupervisedSandbox
from sandbox.errors import SandboxError
from sandbox.local_leftovers import remove_tree, sign
from sandbox.local_process import LocalPlace, end_marked
from sandbox.workspace.snapshot import Snapshot

NO_ISOLATION = (
    "No isolation: commands run on this machine as you, with your network, and can read, change and delete "
    "whatever you can."
)
"""For the command line to print at every start of a local sandbox."""

KEPT_VARIABLES = (
    *("PATH", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH"),
    *("CC", "CXX", "VIRTUAL_ENV", "PYENV_ROOT", "JAVA_HOME", "GOROOT", "GOPATH", "CARGO_HOME", "RUSTUP_HOME"),
)
"""What of the host's environment a command sees: a list of what is kept, as a list of secrets is never whole."""

FOLDERS = ("workspace", "mimosa/out", "mimosa/run", "mimosa/state", "home", "tmp")


class LocalSandbox(SupervisedSandbox):
    """`root` is a folder that does not exist yet or is empty; it is removed on `close`.

    `snapshot` is what the workspace begins with, None for an empty one. `file_mb` is the largest file that a
    command may write, in MiB; `output_limit` is the size in bytes at which a command's output ends it.
    """

    def __init__(
        self,
        root: Path,
        snapshot: Snapshot | None = None,
        *,
        file_mb: int = 4096,
        output_limit: int = OUTPUT_LIMIT,
    ) -> None:
        self._root = root.absolute()
        self._snapshot = snapshot
        self._own = False
        self._mark = secrets.token_hex(16)
        workspace, home = str(self._root / "workspace"), str(self._root / "mimosa")
        path = os.environ.get("PATH", os.defpath)
        premises = Premises(workspace, home, False, file_mb, self._mark, path, self._environment())
        self._place = LocalPlace(premises)
        super().__init__(self._place, workspace, home, output_limit)

    async def start(self) -> None:
        await asyncio.to_thread(self._fill)
        await self._begin(empty=self._snapshot is None)

    async def close(self) -> None:
        """End everything that was started here and remove the folder. A process that dropped its environment and
        left its group can escape this: there is no wall to hold it."""
        await super().close()
        await self._place.ended()
        end_marked(self._mark)
        if self._own:
            await asyncio.to_thread(remove_tree, self._root)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        own = {"HOME": str(self._root / "home"), "TMPDIR": str(self._root / "tmp"), "MIMOSA_SANDBOX": self._mark}
        return {"LANG": "C.UTF-8", **QUIET_PROGRAMS, **kept, **own}

    def _fill(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(self._root.iterdir()):
            raise SandboxError(f"{self._root} is not empty; a local sandbox needs a folder of its own")
        self._own = True
        sign(self._root)
        if self._snapshot is not None:
            with tarfile.open(self._snapshot.archive) as archive:
                archive.extractall(self._root, numeric_owner=True, filter=_as_ones_own)
        for folder in FOLDERS:
            (self._root / folder).mkdir(parents=True, exist_ok=True)


def _as_ones_own(member: tarfile.TarInfo, destination: str) -> tarfile.TarInfo:
    """Keep modes and links, and own everything; tar_filter raises if a member would land outside `destination`."""
    checked = tarfile.tar_filter(member, destination)
    return checked.replace(mode=member.mode, uid=os.getuid(), gid=os.getgid(), uname="", gname="", deep=False)
