"""Older Pythons for images that are built here: this machine's own ones go in."""

import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from evals.errors import EvalError

INSIDE = "/opt/python"
SURPLUS = frozenset({"__pycache__", "test", "tests", "idlelib", "turtledemo", "site-packages"})


def find_interpreter(version: str) -> Path:
    """The prefix of a Python `version` ("3.9") that is installed on this machine. Raises EvalError if none is."""
    for prefix in _prefixes(version):
        if (prefix / "bin" / f"python{version}").exists():
            return prefix
    raise EvalError(
        f"Python {version} is needed to build an image, and this machine has none to put into it. Install one "
        f"(pyenv install {version}, or uv python install {version}), or bring the row's own image (docker load)."
    )


def _prefixes(version: str) -> Iterator[Path]:
    roots = (
        Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions",
        Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python"),
    )
    for root in roots:
        if root.is_dir():
            wanted = re.compile(rf"(cpython-)?{re.escape(version)}(\.\d+)?(-.*)?$")
            yield from sorted((path for path in root.iterdir() if wanted.match(path.name)), reverse=True)
    if program := shutil.which(f"python{version}"):
        words = [program, "-c", "import sys; print(sys.base_prefix)"]
        done = subprocess.run(words, capture_output=True, text=True)
        prefix = Path(done.stdout.strip())
        # The distribution's own Python is spread over /usr and cannot be lifted out.
        if done.returncode == 0 and prefix not in (Path("/usr"), Path("/")):
            yield prefix


def install_command(version: str, venv: str) -> str:
    """Makes the interpreter that was put into the image runnable, and a virtual environment of it."""
    folder = f"{INSIDE}/{version}"
    return (
        f"echo {folder}/lib > /etc/ld.so.conf.d/python{version}.conf && ldconfig && "
        f"{folder}/bin/python{version} -c 'import ssl, sqlite3, ctypes, lzma, bz2' && "
        f"{folder}/bin/python{version} -m venv {venv}"
    )


def archive(version: str) -> BinaryIO:
    """A tar of the interpreter, to be unpacked at the root: without tests, caches and installed packages."""
    prefix = find_interpreter(version)
    library = f"lib/python{version}"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in (f"bin/python{version}", library, f"include/python{version}"):
            if (prefix / name).exists():
                # Not as a link: what it points at may lie outside of the prefix.
                tar.add(os.path.realpath(prefix / name), f"{INSIDE.lstrip('/')}/{version}/{name}", filter=_kept)
        for shared in (prefix / "lib").glob(f"libpython{version}*.so*"):
            tar.add(shared, f"{INSIDE.lstrip('/')}/{version}/lib/{shared.name}", filter=_kept)
    stream.seek(0)
    return stream


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if SURPLUS.intersection(member.name.split("/")):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
