"""Makes an environment of the real SGLang, once for each set of pins: a virtual environment in the user's cache.

    python tests/real_sglang/environment.py [--seconds S]

Prints its interpreter. Ends with 75 and says why if it cannot be made, or not in S seconds.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
PINS = HERE / "requirements.txt"
DONE = "made"
CANNOT = 75


class CannotMake(Exception):
    """There is no environment, for the reason in the message."""


@dataclass(frozen=True)
class Environment:
    """name: of its folder, before the key. install: what pip is given. pins: what `install` stands for, so that
    other pins or another Python make another one."""

    name: str
    install: tuple[str, ...]
    pins: bytes

    @property
    def folder(self) -> Path:
        """Where it is, made or not."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        key = hashlib.sha256(self.pins + sys.version.encode()).hexdigest()[:12]
        return cache / "mimosa" / f"{self.name}-{key}"

    @property
    def interpreter(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def is_made(self) -> bool:
        return (self.folder / DONE).is_file()

    def make(self, limit_s: float) -> None:
        """Waits for another one that makes it, within the same limit. What was begun and not ended is begun anew.
        Raises CannotMake."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + limit_s
        with self.folder.with_suffix(".lock").open("w") as lock:
            hold(lock, deadline)
            if self.is_made:
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            run([sys.executable, "-m", "venv", str(self.folder)], deadline)
            pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
            run([str(self.interpreter), *pip, *self.install], deadline)
            (self.folder / DONE).touch()


def released() -> str:
    """SGLang's line of the pins, such as `sglang==0.5.23`."""
    return next(line for line in PINS.read_text().splitlines() if line.startswith("sglang=="))


CPU = Environment("sglang-cpu", ("--no-deps", "--no-compile", "--requirement", str(PINS)), PINS.read_bytes())
GPU = Environment("sglang-gpu", (released(),), released().encode())
"""As on a GPU box: with all that SGLang itself asks for."""


def hold(lock: IO[str], deadline: float) -> None:
    """Take the lock. Raises CannotMake if another one has it until the deadline."""
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CannotMake(f"another process makes it and is not done (it holds {lock.name})") from None
            time.sleep(0.5)


def run(words: list[str], deadline: float) -> None:
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=deadline - time.monotonic()
        )
    except subprocess.TimeoutExpired as error:
        raise CannotMake("it takes longer than may be waited") from error
    if done.returncode:
        last = "\n".join(f"  {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-5:])
        raise CannotMake(f"{words[0]} ended with {done.returncode}:\n{last}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the environment of the real SGLang on a CPU.")
    parser.add_argument("--seconds", type=float, default=1800, help="how long it may take")
    wanted = parser.parse_args()
    began = time.monotonic()
    was_made = CPU.is_made
    try:
        CPU.make(wanted.seconds)
    except CannotMake as why:
        print(f"the environment of the real SGLang cannot be made: {why}", file=sys.stderr)
        return CANNOT
    if not was_made:
        print(f"made the environment of the real SGLang in {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(CPU.interpreter)
    return 0


if __name__ == "__main__":
    sys.exit(main())
