"""This machine's own package manager, where that is apt."""

import os
import subprocess

from sandbox.errors import EnvironmentFailed
from sandbox.progress import Progress, Report

LAST_LINES = 15


def install_packages(packages: list[str], report: Report, *, phase: str) -> None:
    """Install packages on this machine, as root, without asking and without recommended ones.

    Raises EnvironmentFailed with apt's last lines. A failing update alone is forgiven: one broken third-party
    source makes it fail, and the packages may still be there.
    """
    lock = "DPkg::Lock::Timeout=120"
    names = " ".join(packages)
    report(Progress(phase, "apt-get update"))
    updated = _apt_get("-o", lock, "-q", "update")
    report(Progress(phase, f"apt-get install {names}"))
    installed = _apt_get("-o", lock, "-q", "-y", "--no-install-recommends", "install", *packages)
    if installed.returncode == 0:
        return
    words = "\n".join((updated.stdout + installed.stdout).strip().splitlines()[-LAST_LINES:])
    raise EnvironmentFailed(
        f"`apt-get install {names}` failed with exit code {installed.returncode}. Install them another way, "
        f"and try again. Its last lines:\n{words}"
    )


def _apt_get(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["apt-get", *words],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
