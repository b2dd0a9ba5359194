"""Let mimosa-nano fix a bug that it has never seen: a small package made now, with one bug in it.

    python demo/live.py FOLDER [--seed N]

FOLDER gets a folder for each seed, a git repository. The same seed gives the same package, bug and issue. The exit
code is that of mimosa.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from evals.lessons.demo import fresh_bug, write_repository

SEEDS = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description="Let mimosa-nano fix a fresh bug.")
    parser.add_argument("folder", type=Path, help="where to put the package")
    parser.add_argument("--seed", type=int, help="the same bug again (default: a new one)")
    parser.add_argument("--model", default="nano", help="whom to ask (default: %(default)s)")
    wanted = parser.parse_args()
    seed = secrets.randbelow(SEEDS) if wanted.seed is None else wanted.seed
    bug, repository = fresh_bug(seed), wanted.folder / f"seed-{seed}"
    shutil.rmtree(repository, ignore_errors=True)
    write_repository(bug, repository)
    print(f"seed {seed}: a package with a bug of the kind {bug.kind!r}, in {repository}")
    print(f"the same again: make demo SEED={seed}\n", flush=True)
    command = [sys.executable, "-m", "agent.cli", "fix", "--model", wanted.model, "--repo", str(repository)]
    command += ["--test", bug.test_command, bug.issue]
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
