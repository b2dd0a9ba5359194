"""A root file system made from the distribution's packages, for where no registry can be reached."""

import os
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import EnvironmentFailed
from sandbox.images.apt import install_packages
from sandbox.images.mirror import Mirror
from sandbox.progress import Progress, Report

PHASE = "base image"
USUAL_PACKAGES = 200
"""How many packages come, until they have been counted."""

COUNTED = {
    "Retrieving": "downloading packages",
    "Unpacking": "unpacking packages",
    "Configuring": "configuring packages",
}
LAST_LINES = 15
SURPLUS = ("usr/share/doc", "usr/share/info", "usr/share/man", "usr/share/locale", "var/cache", "var/log")
"""Folders whose files nobody reads in a sandbox. The folders stay: packages installed later expect them."""

PACKAGE_LISTS = "var/lib/apt/lists"


class Counter:
    """Turns debootstrap's lines into progress: each package is downloaded, unpacked and configured once."""

    def __init__(self) -> None:
        self._seen = dict.fromkeys(COUNTED, 0)
        self._packages = USUAL_PACKAGES

    def read(self, line: str) -> Progress | None:
        """The progress that `line` stands for, None if it is about something else."""
        words = line.removeprefix("I: ").split()
        if not line.startswith("I: ") or not words:
            return None
        if words[0] == "Extracting":
            self._packages = self._seen["Retrieving"]
        if words[0] not in COUNTED:
            return None
        self._seen[words[0]] += 1
        self._packages = max(self._packages, *self._seen.values())
        total = self._packages * len(COUNTED)
        name = words[1].removesuffix("...") if len(words) > 1 else ""
        return Progress(PHASE, COUNTED[words[0]], sum(self._seen.values()), total, detail=name)


@contextmanager
def root_tree(mirror: Mirror, packages: tuple[str, ...], report: Report) -> Iterator[Path]:
    """A slim root file system with `packages` in it, gone when the context ends, however it ends.

    Needs root. Raises EnvironmentFailed with debootstrap's last lines.
    """
    if shutil.which("debootstrap") is None:
        install_packages(["debootstrap"], report, phase=PHASE)
    folder = Path(tempfile.mkdtemp(prefix="mimosa-base-", dir="/var/tmp"))
    try:
        folder.chmod(0o755)
        _debootstrap(folder, mirror, packages, report)
        report(Progress(PHASE, "removing documentation and caches"))
        slim(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def command(folder: Path, mirror: Mirror, packages: tuple[str, ...]) -> list[str]:
    """debootstrap in name spaces of its own: when its first process is killed, all of it ends, and what it mounted
    is gone, so that the folder can be removed without reaching into this machine's /proc or /dev."""
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"]
    words += ["debootstrap", "--variant=minbase", "--force-check-gpg"]
    words += [f"--components={','.join(mirror.components)}", f"--include={','.join(packages)}"]
    if mirror.keyring:
        words.append(f"--keyring={mirror.keyring}")
    return [*words, mirror.suite, str(folder), mirror.uri]


def _debootstrap(folder: Path, mirror: Mirror, packages: tuple[str, ...], report: Report) -> None:
    counter = Counter()
    last: deque[str] = deque(maxlen=LAST_LINES)
    process = subprocess.Popen(
        command(folder, mirror, packages),
        env=os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            last.append(line.rstrip())
            if news := counter.read(line):
                report(news)
        exit_code = process.wait()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if exit_code != 0:
        words = "\n".join(last)
        raise EnvironmentFailed(
            f"The base image could not be made: debootstrap of {mirror.suite} from {mirror.uri} failed with exit "
            f"code {exit_code}. Its last lines:\n{words}"
        )


def slim(folder: Path) -> None:
    """Remove what takes space and serves nobody: documentation, translations, caches, package lists."""
    for name in SURPLUS:
        for path in (folder / name).rglob("*"):
            if path.is_symlink() or not path.is_dir():
                path.unlink()
    shutil.rmtree(folder / PACKAGE_LISTS, ignore_errors=True)
    (folder / PACKAGE_LISTS / "partial").mkdir(parents=True)


def tar_stream(folder: Path, report: Report, *, chunk: int = 1 << 20) -> Iterator[bytes]:
    """The tree as a tar, in pieces of `chunk` bytes; owners by number. Raises EnvironmentFailed if tar does."""
    process = subprocess.Popen(
        ["tar", "-C", str(folder), "--numeric-owner", "--one-file-system", "-c", "."],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    sent = 0
    try:
        while piece := process.stdout.read(chunk):
            sent += len(piece)
            report(Progress(PHASE, "handing it to the engine", detail=f"{sent >> 20} MB"))
            yield piece
        exit_code = process.wait()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if exit_code != 0:
        raise EnvironmentFailed(
            f"The base image could not be made: tar of {folder} failed with exit code {exit_code}."
        )
