"""Small real repositories with a past, a future, and an issue to solve."""

from pathlib import Path
from tempfile import TemporaryDirectory

import git

from evals.instances.base import Instance

AUTHOR = git.Actor("Test", "test@example.org")
WHEN = "2024-05-01T12:00:00+0000"

BUGGY = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return a * 2\n"
FIXED = BUGGY.replace("a - b", "a + b")
OLD_TESTS = "from calc import twice\n\n\ndef test_twice():\n    assert twice(2) == 4\n"
NEW_TESTS = (
    "from calc import add, twice\n\n\ndef test_twice():\n    assert twice(2) == 4\n\n\n"
    "def test_add():\n    assert add(2, 2) == 4\n    assert add(1, 5) == 6\n"
)


def commit(repository: git.Repo, files: dict[str, str], message: str) -> str:
    root = Path(repository.working_dir)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    repository.git.add(all=True)
    # The same date always: the same base commit then, and its image is built once a machine.
    made = repository.index.commit(message, author=AUTHOR, committer=AUTHOR, author_date=WHEN, commit_date=WHEN)
    return made.hexsha


def make_calc(root: Path) -> tuple[git.Repo, Instance]:
    """A repository with a bug, a fix in its future, and the instance that asks for the fix."""
    repository = git.Repo.init(root, initial_branch="main")
    commit(repository, {"README.md": "calc\n", "calc.py": "def add(a, b):\n    return 0\n"}, "start")
    base = commit(repository, {"calc.py": BUGGY, "tests/test_calc.py": OLD_TESTS}, "twice")
    commit(repository, {"calc.py": FIXED}, "fix add")
    fixed = commit(repository, {"tests/test_calc.py": NEW_TESTS}, "test add")
    instance = Instance(
        instance_id="acme__calc-1",
        repo=str(root),
        base_commit=base,
        problem_statement="add(2, 2) is 0.",
        patch=repository.git.diff(base, fixed, "--", "calc.py") + "\n",
        test_patch=repository.git.diff(base, fixed, "--", "tests") + "\n",
        FAIL_TO_PASS=("tests/test_calc.py::test_add",),
        PASS_TO_PASS=("tests/test_calc.py::test_twice",),
    )
    return repository, instance


def patch_of(instance: Instance, files: dict[str, str]) -> bytes:
    """What an agent that wrote these files at the base commit would hand in."""
    with TemporaryDirectory() as scratch:
        clone = git.Repo.clone_from(instance.repo, scratch)
        clone.head.reset(instance.base_commit, working_tree=True)
        for name, text in files.items():
            (Path(scratch) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / name).write_text(text)
        clone.git.add(all=True)
        return f"{clone.git.diff('--cached', '--binary')}\n".encode()
