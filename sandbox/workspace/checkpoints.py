"""States of a workspace, recorded by git inside the sandbox in a store of Mimosa's own.

The store is a git directory beside the workspace, so it does not matter what the agent does with the workspace's
own `.git`. Files are kept byte for byte. What is recorded: every file and link that is not ignored, those in
repositories that the agent made inside the workspace too (not their `.git`). Not recorded: folders without files,
pipes and sockets, files over a limit, ownership, modes but for the executable bit. A file that the agent made
unreadable or too large stays as it was recorded last.
"""

import asyncio
import base64
from importlib import resources
from shlex import quote

from sandbox.base import Checkpoint
from sandbox.errors import AdminFailed, SandboxError
from sandbox.shell import Shell

_PIECE = 48 * 1024
_NOT_FOUND = 127
_FIRST_LOOK = "-c core.checkStat=minimal -c core.trustctime=false"
"""The index was written on the host: of what it knows about files, size and time alone hold in the sandbox."""


class Checkpoints:
    """Checkpoints of the `workspace`, from a snapshot's archive unpacked beside it.

    `home` is Mimosa's folder in the sandbox, the one that holds `store.git`. Files over `max_file_mb` megabytes
    are not recorded. All methods raise SandboxError with what to do, and SandboxDied when the place is gone. One
    object per sandbox: the numbers live in it.
    """

    def __init__(self, shell: Shell, workspace: str, home: str, max_file_mb: int = 100) -> None:
        self._shell = shell
        self._workspace = workspace
        self._store = f"{home}/store.git"
        self._limit = max_file_mb * 1_000_000
        self._quick = _script("look.sh")
        self._whole = self._quick + _script("checkpoints.sh")
        self._trees: list[str] = []
        self._current = 0
        self._last_diff = ("", "", b"")
        """From one tree to another."""
        self._lock = asyncio.Lock()

    async def begin(self) -> Checkpoint:
        """Record checkpoint 0: exactly the files of the snapshot.

        What else lies in the workspace, such as the products of a setup step, is ignored from now on; so is what
        is put later into a folder that was there without any file of the snapshot in it.
        """
        async with self._lock:
            tree = await self._git(f"begin {_FIRST_LOOK}")
            self._trees = [tree.decode().strip()]
            self._current = 0
            return self._at_current()

    async def checkpoint(self) -> Checkpoint:
        """Record the workspace as it is; the current checkpoint comes back if nothing changed since."""
        async with self._lock:
            last = self._known(self._current)
            # Silent where nothing changed, which spares the way to an output.
            if not await self._git("unchanged || printf changed", quick=True):
                return self._at_current()
            return self._advance_to(await self._git(f"stage && record {last}"))

    async def restore(self, number: int) -> None:
        """Bring the files back to checkpoint `number`, and make it the current one; later ones stay restorable.

        Ignored files are left alone, unless they lie where a recorded file has to be, or were ignored only by a
        rule that goes away with this.
        """
        async with self._lock:
            await self._git(f"bring_back {self._known(number)}")
            self._current = number

    async def diff(self, base: int = 0, to: int | None = None) -> bytes:
        """A patch for `git apply` from checkpoint `base` to checkpoint `to`, None for the workspace as it is:
        binary files, renames and modes included, ids of both sides in full. Empty if nothing changed."""
        options = "-p --binary --full-index --find-renames --no-ext-diff --no-textconv --no-color"
        async with self._lock:
            if to is None:
                return await self._diff_now(base, options)
            between = self._known(base), self._known(to)
            patch = await self._git(f"git diff-tree -r {options} {between[0]} {between[1]}")
            self._last_diff = (*between, patch)
            return patch

    async def _diff_now(self, base: int, options: str) -> bytes:
        """Where nothing has changed since the last checkpoint, the last diff may be the answer."""
        command = f"git diff-index --cached {options} {self._known(base)}"
        since, to, patch = self._last_diff
        if (since, to) != (self._known(base), self._trees[self._current]):
            return await self._git(f"stage && {command}")
        answer = await self._git(f"stage && if [[ -e $unrecorded ]]; then {command}; else printf same; fi")
        return patch if answer == b"same" else answer

    async def apply(self, patch: bytes) -> Checkpoint:
        """Put a patch of `diff` onto the workspace and record it: to resume a session, or to verify its patch, in
        a new sandbox of the same snapshot. Nothing is changed if it does not fit."""
        if not patch:
            return await self.checkpoint()
        async with self._lock:
            incoming = f"{self._store}/incoming.patch"
            await self._git(f": >{quote(incoming)}")
            await self._append(incoming, patch)
            # Told apart by its answer, not its exit code: a patch that does not fit is no damaged store.
            put = f"git apply --index --whitespace=nowarn {quote(incoming)}"
            ready = 'stage || exit; git update-index -q --refresh >/dev/null 2>&1; : >"$unrecorded"'
            answer = await self._git(f"{ready}; {put} 2>&1 || {{ echo refused; exit 0; }}; record ''")
            said, _, last = answer.decode(errors="replace").strip().rpartition("\n")
            if last == "refused":
                raise SandboxError(f"the patch does not fit the files in the sandbox: {said[-2000:]}")
            return self._advance_to(last.encode())

    def _advance_to(self, tree: bytes) -> Checkpoint:
        name = tree.decode().strip()
        if name != self._trees[self._current]:
            self._trees.append(name)
            self._current = len(self._trees) - 1
        return self._at_current()

    def _at_current(self) -> Checkpoint:
        return Checkpoint(self._current, self._trees[self._current])

    def _known(self, number: int) -> str:
        if not self._trees:
            raise SandboxError("no checkpoint has been recorded yet: the sandbox was not started")
        if not 0 <= number < len(self._trees):
            raise SandboxError(f"there is no checkpoint {number}; they go from 0 to {len(self._trees) - 1}")
        return self._trees[number]

    async def _append(self, path: str, data: bytes) -> None:
        """Append to a file in the sandbox, in pieces: some shells take only so long a command."""
        for start in range(0, len(data), _PIECE):
            piece = base64.b64encode(data[start : start + _PIECE]).decode()
            await self._git(f"printf %s {piece} | base64 -d >>{quote(path)}")

    async def _git(self, command: str, *, quick: bool = False) -> bytes:
        premises = f"store={quote(self._store)} workspace={quote(self._workspace)} limit={self._limit}"
        script = f"{premises}\n{self._quick if quick else self._whole}\n{command}"
        try:
            return await self._shell.admin(script)
        except AdminFailed as failure:
            raise SandboxError(self._explain(failure)) from failure

    def _explain(self, failure: AdminFailed) -> str:
        said = failure.output[-2000:].decode("utf-8", errors="replace").strip()
        words = said or f"exit code {failure.exit_status} without a word"
        if failure.exit_status == _NOT_FOUND or "git: command not found" in words:
            return "the sandbox's image has no git, which checkpoints need; add git to the image"
        if "No space left on device" in words or "Disk quota exceeded" in words:
            return f"the sandbox has no disk space left, so its files cannot be recorded: {words}"
        return (
            f"Mimosa's record of the workspace, {self._store} in the sandbox, cannot be used: {words}. If a "
            "command damaged it, start again from the last saved patch"
        )


def _script(name: str) -> str:
    """Without comments and indentation: it goes through a pipe that a shell reads byte by byte."""
    text = resources.files("sandbox.workspace").joinpath(name).read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))
