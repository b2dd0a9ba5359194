"""The rows that a model of lessons is measured by."""

from importlib.resources import files

import pytest

from evals.instances.dataset import load_dataset
from evals.lessons.mutations.kinds import KINDS
from sandbox.workspace.hostgit import HostGit

COUNTS = {"heldout": 200, "reworded": 30, "unseen": 55}


def path_of(name: str) -> str:
    return str(files("evals.lessons").joinpath(f"{name}.jsonl"))


@pytest.mark.parametrize("name", COUNTS)
def test_rows_bring_their_repository_with_them(name: str) -> None:
    rows = load_dataset(path_of(name))
    assert len(rows) == COUNTS[name]
    for row in rows[:5]:
        repository = HostGit(row.repo)  # type: ignore[arg-type]
        assert repository.ask("rev-parse", "HEAD") == row.base_commit
        assert row.FAIL_TO_PASS and row.patch and row.test_patch


def test_all_kinds_are_held_out_about_as_often() -> None:
    kinds = [row.difficulty for row in load_dataset(path_of("heldout"))]
    assert all(17 <= kinds.count(kind) <= 19 for kind in KINDS)


def test_reworded_rows_are_held_out_ones_in_other_words() -> None:
    heldout = {row.instance_id: row for row in load_dataset(path_of("heldout"))}
    for row in load_dataset(path_of("reworded")):
        origin = heldout[row.instance_id.removesuffix("-reworded")]
        assert row.base_commit == origin.base_commit and row.problem_statement != origin.problem_statement
