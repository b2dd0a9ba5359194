"""Let mimosa-nano fix a bug that nobody has seen before: a small package made now, with one bug in it.

    python demo/live.py FOLDER [--seed N]

FOLDER gets a folder a seed, a git repository. The same seed gives the same package, bug and issue. The exit code
is that of mimosa.
"""

import argparse
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

from evals.lessons.problems import Problem, make_problem

SEEDS = 1_000_000
IDENTITY = ("-c", "user.name=Mimosa demo", "-c", "user.email=demo@mimosa.invalid", "-c", "commit.gpgsign=false")


def main() -> int:
    parser = argparse.ArgumentParser(description="Let mimosa-nano fix a fresh bug.")
    parser.add_argument("folder", type=Path, help="where to put the package")
    parser.add_argument("--seed", type=int, help="the same bug again (default: a new one)")
    wanted = parser.parse_args()
    seed = secrets.randbelow(SEEDS) if wanted.seed is None else wanted.seed
    problem = make_problem(Random(f"demo {seed}"), held_out=True)
    repository = wanted.folder / f"seed-{seed}"
    make_repository(problem, repository)
    print(f"A package with a bug, made from seed {seed}: {repository}")
    print(f"The same again: make demo SEED={seed}\n", flush=True)
    command = [sys.executable, "-m", "agent.cli", "fix", "--model", "nano", "--repo", str(repository)]
    command += ["--test", problem.package.test_command, problem.issue]
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


def make_repository(problem: Problem, folder: Path) -> None:
    """`folder` becomes a git repository of one commit, whatever it was before."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in problem.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n", encoding="utf-8")
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "A package"],
    ):
        subprocess.run(["git", *IDENTITY, *words], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
