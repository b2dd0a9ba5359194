"""A fresh bug to watch a model at work: from a seed, in names that it has not learned from."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from evals.instances.folder_repository import commit_folder
from evals.lessons.problems import make_problem
from evals.lessons.templates import FIRST


@dataclass(frozen=True)
class FreshBug:
    """`files` is a small repository by path, `issue` what a user writes of the bug in it, `kind` its kind as the
    model's card names it. `test_command` fails there, and passes once the bug is repaired."""

    files: dict[str, str]
    issue: str
    kind: str
    test_command: str


def fresh_bug(seed: int) -> FreshBug:
    """The bug of that seed: always the same, none that a lesson had, in a function of a sort that lessons have."""
    problem = make_problem(Random(f"demo {seed}"), held_out=True, functions=FIRST)
    return FreshBug(problem.files(), problem.issue, problem.bug.kind, problem.package.test_command)


def write_repository(bug: FreshBug, folder: Path) -> str:
    """Make `folder` a git repository with the bug committed; returns the commit. Raises OSError and GitFailed."""
    for path, text in bug.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return commit_folder(folder)
