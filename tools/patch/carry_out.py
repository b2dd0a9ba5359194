"""Carries a plan out: everything is written beside its place first, then moved there in one command."""

import asyncio
import posixpath
import shlex
from collections.abc import Coroutine
from dataclasses import dataclass

from sandbox.base import Sandbox
from tools.patch.plan import Change


@dataclass(frozen=True)
class Staged:
    """`path` lies in the folder where `change.target` is to be, so that moving it needs no space."""

    change: Change
    path: str
    target: str


async def carry_out(sandbox: Sandbox, changes: list[Change]) -> None:
    """Raises OSError if a file could not be written; then nothing is changed."""
    staged = [
        Staged(change, f"{change.target.real}.mimosa-{number}", change.target.real)
        for number, change in enumerate(changes)
        if change.target
    ]
    moved = False
    try:
        await _stage(sandbox, staged)
        await _to_the_end(_shell(sandbox, ["trap '' INT TERM", *_moves(staged, changes)]))
        moved = True
    finally:
        if not moved:
            await sandbox.run(_quoted("rm -f --", [item.path for item in staged]), timeout=60)


async def _stage(sandbox: Sandbox, staged: list[Staged]) -> None:
    # A copy first, because `write` keeps the mode of the file that it replaces.
    copies = [
        f"mkdir -p -- {shlex.quote(posixpath.dirname(item.path))} && "
        + _quoted("cp -p --", [item.change.source.real, item.path])
        for item in staged
        if item.change.source
    ]
    if copies:
        await _shell(sandbox, copies)
    for item in staged:
        await sandbox.write(item.path, item.change.data)


def _moves(staged: list[Staged], changes: list[Change]) -> list[str]:
    kept = {item.target for item in staged}
    gone = [change.source.real for change in changes if change.source and change.source.real not in kept]
    return [
        *(f"test -w {shlex.quote(posixpath.dirname(path))}" for path in gone),
        *(
            _quoted(f"chmod {'+x' if item.change.executable else '-x'}", [item.path])
            for item in staged
            if item.change.executable is not None
        ),
        *(_quoted("mv -f --", [item.path, item.target]) for item in staged),
        *(_quoted("rm -f --", [path]) for path in gone),
    ]


async def _to_the_end(step: Coroutine[None, None, None]) -> None:
    """Await `step` even while being cancelled: half of the moves would be half of the diff."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _shell(sandbox: Sandbox, steps: list[str]) -> None:
    result = await sandbox.run(f"( {' && '.join(steps)} )", timeout=60)
    if result.exit_code != 0:
        raise OSError(result.output.strip() or result.note or f"exit code {result.exit_code}")


def _quoted(command: str, paths: list[str]) -> str:
    return " ".join([command, *(shlex.quote(path) for path in paths)])
