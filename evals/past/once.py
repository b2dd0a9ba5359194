"""Sealed repositories, made once for all the instances of a run that begin at the same commit."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from evals.instances.base import Instance
from evals.running.base import HistoryProof
from sandbox.workspace.snapshot import Snapshot

_WHOLE_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Sealed:
    """A repository of the past of `commit` as an archive, how its tests are run, and the proof made on that very
    file."""

    commit: str
    snapshot: Snapshot
    test_command: str
    history: HistoryProof


class SealedOnce:
    """Hands out archives as hard links of the one that was made last, which is somebody's as long as the instances
    of one repository run near each other. Safe for use by several threads: one makes, the others wait for it."""

    def __init__(self) -> None:
        self._last: dict[Key, tuple[Sealed, os.stat_result]] = {}
        self._making: dict[Key, Lock] = {}

    def have(self, instance: Instance, archive: Path, make: Callable[[], Sealed]) -> Sealed:
        """What `make` gave for another instance like this one, its archive linked to `archive`; else what it gives
        now, with its archive there. Raises what `make` raises."""
        key = _key(instance)
        if key is None:
            return make()
        with self._making.setdefault(key, Lock()):
            sealed = self._linked(key, archive) or make()
            self._last[key] = sealed, sealed.snapshot.archive.stat()
            return sealed

    def _linked(self, key: Key, archive: Path) -> Sealed | None:
        if key not in self._last:
            return None
        sealed, proved = self._last[key]
        try:
            archive.hardlink_to(sealed.snapshot.archive)
        except OSError:
            return None  # it was removed, or lies on another disk
        if _identity(archive.stat()) != _identity(proved):
            archive.unlink()  # another file than the proof was made on
            return None
        return replace(sealed, snapshot=replace(sealed.snapshot, archive=archive))


def _key(instance: Instance) -> Key | None:
    """What decides a sealed repository; None where that may change meanwhile, as a branch or a task's image."""
    if instance.task or not _WHOLE_ID.fullmatch(instance.base_commit):
        return None
    return instance.repo, instance.base_commit, instance.image


def _identity(facts: os.stat_result) -> tuple[int, int, int, int]:
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
