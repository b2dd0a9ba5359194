"""Problems as rows of an eval data set: what a model that learned from lessons is measured by."""

import ast
from dataclasses import replace
from difflib import unified_diff
from random import Random
from typing import Any

from evals.instances.folder_repository import commit_files
from evals.lessons.bugs import symptoms_of
from evals.lessons.expert import Unteachable, Walk
from evals.lessons.imitation.modules import NotImitated
from evals.lessons.lessons import MOST_CHARACTERS, length_of
from evals.lessons.mutations.kinds import KINDS
from evals.lessons.packages import RUN_PYTEST
from evals.lessons.pieces import Piece
from evals.lessons.problems import Problem, make_problem
from evals.lessons.templates import FIRST
from evals.lessons.test_files import PYTEST, test_file
from evals.lessons.time_limit import Hung

MOST_TRIES = 100


def eval_row(seed: int, functions: tuple[str, ...] = FIRST) -> dict[str, Any]:
    """A row of SWE-bench 5.x with its repository as `files`: in names, layouts and words that no lesson has.

    The kinds of bugs take turns with the seeds. Deciding tests are hidden: all examples, also one that the
    repository's own tests lack where there are enough.
    """
    rng = Random(f"held out {seed}")
    kinds = list(KINDS)
    for _ in range(MOST_TRIES):
        kind = kinds[seed % len(kinds)]
        problem = make_problem(rng, held_out=True, kind=kind, functions=functions, keep_spare=True)
        if _teaches(problem, rng):
            return _row(f"lessons__{seed}", problem)
    raise RuntimeError(f"Seed {seed} comes to no row.")


def _teaches(problem: Problem, rng: Random) -> bool:
    """Whether the expert would get through, in as many words as a lesson has."""
    try:
        talk = Walk.begin(problem, rng).straight()
    except (Unteachable, NotImitated, Hung):
        return False
    return length_of([message.to_wire() for message in talk.messages]) <= MOST_CHARACTERS


def _row(name: str, problem: Problem) -> dict[str, Any]:
    bug, module = problem.bug, problem.module
    piece = replace(bug.piece, examples=(*bug.piece.examples, *bug.piece.spare))
    path, hidden = _deciding_tests(problem, piece)
    wrong = {symptom.example.source for symptom in symptoms_of(piece, bug.code)}
    fails = {name: e.source in wrong for name, e in zip(_names(hidden), piece.examples, strict=True)}
    files = problem.files()
    _, commit = commit_files(name, {path: text.encode() for path, text in files.items()})
    return {
        "instance_id": name,
        "repo": f"lessons/{name}",
        "base_commit": commit,
        "problem_statement": problem.issue,
        "patch": _diff(module.path, files[module.path], module.text()),
        "test_patch": _diff(path, "", hidden),
        "FAIL_TO_PASS": [f"{path}::{name}" for name in fails if fails[name]],
        "PASS_TO_PASS": [f"{path}::{name}" for name in fails if not fails[name]],
        "log_parser": "parse_log_pytest_v2",
        "eval_type": "pass_and_fail",
        "test_command": RUN_PYTEST,
        "difficulty": bug.kind,
        "source": "lessons",
        "files": files,
    }


def _deciding_tests(problem: Problem, piece: Piece) -> tuple[str, str]:
    """Path and text of a test file for `piece` alone, one test an example, beside the repository's own tests."""
    beside = next(iter(problem.package.tests)).rpartition("/")[0]
    stem = problem.module.path.rpartition("/")[2].removesuffix(".py")
    path = f"{beside}/test_{stem}_deciding.py".removeprefix("/")
    return path, test_file([replace(problem.module, pieces=(piece,))], PYTEST, split=True)


def _names(tests: str) -> list[str]:
    return [node.name for node in ast.parse(tests).body if isinstance(node, ast.FunctionDef)]


def _diff(path: str, before: str, after: str) -> str:
    """One file's change, as git writes it; a file without text before is new."""
    old = f"a/{path}" if before else "/dev/null"
    lines = unified_diff(before.splitlines(), after.splitlines(), old, f"b/{path}", lineterm="")
    head = f"diff --git a/{path} b/{path}\n" + ("" if before else "new file mode 100644\n")
    return head + "\n".join(lines) + "\n"
