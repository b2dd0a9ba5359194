"""Packages with a bug: what goes into them, and what must never."""

import keyword
import re
import sys
from random import Random

import pytest

from evals.lessons.bugs import bug_of_kind, changed_lines
from evals.lessons.demo import fresh_bug, write_repository
from evals.lessons.evaluation import evaluate
from evals.lessons.issue_texts import frames
from evals.lessons.mutations.kinds import KINDS
from evals.lessons.packages import make_package
from evals.lessons.pieces import make_piece
from evals.lessons.problems import make_problem
from evals.lessons.templates import LEARNED, UNSEEN, read_templates
from evals.lessons.time_limit import Hung
from evals.lessons.words import Words, is_held_out
from sandbox.workspace.hostgit import HostGit


def test_every_template_can_be_made_in_new_names_and_keeps_its_examples() -> None:
    rng = Random(1)
    for template in read_templates((*LEARNED, *UNSEEN)):
        made = [make_piece(template, Words(rng, held_out=False), rng) for _ in range(20)]
        pieces = [piece for piece in made if piece is not None]
        assert pieces, template.names
        assert all(len(piece.examples) == len(template.examples) for piece in pieces), template.names


@pytest.mark.parametrize("held_out", [False, True])
def test_no_name_is_a_word_of_the_language(held_out: bool) -> None:
    words = Words(Random(1), held_out=held_out)
    assert not [word for word in (words.word() for _ in range(300_000)) if keyword.iskeyword(word)]


@pytest.mark.parametrize("seed", [16412, 27868])
def test_no_module_is_imported_in_place_of_the_standard_librarys(seed: int) -> None:
    """These two drew `dis` and `glob`."""
    words = Words(Random(1), held_out=False)
    piece = next(filter(None, (make_piece(template, words, Random(1)) for template in read_templates(LEARNED))))
    rng = Random(seed)
    package = make_package([piece], Words(rng, held_out=False), rng, held_out=False)
    assert package.modules[0].dotted.split(".")[0] not in sys.stdlib_module_names


def test_there_are_enough_functions_to_learn_from_and_others_to_be_tried_on() -> None:
    learned, unseen = read_templates(LEARNED), read_templates(UNSEEN)
    assert len(learned) >= 120
    assert not {t.names[0] for t in learned} & {t.names[0] for t in unseen}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bug_is_noticed_by_an_example_and_its_lines_repair_it(kind: str) -> None:
    rng = Random(kind)
    for _ in range(5):
        bug = make_problem(rng, held_out=False, kind=kind).bug
        assert bug.kind == kind
        assert bug.symptoms and bug.code != bug.piece.code
        wrong, right = ("".join(f"{line}\n" for line in lines) for lines in (bug.wrong, bug.right))
        repaired = f"\n{bug.code}\n".replace(f"\n{wrong}", f"\n{right}", 1)
        outcomes = evaluate(bug.piece.imports, repaired, [e.source for e in bug.piece.examples])
        wanted = [example.outcome for example in bug.piece.examples]
        assert bug.code.count("\n".join(bug.wrong)) > 1 or all(
            got.same_as(want) for got, want in zip(outcomes, wanted, strict=True)
        )


def test_a_mutant_that_never_ends_is_found_out() -> None:
    with pytest.raises(Hung):
        evaluate((), "def turn():\n    while True:\n        pass", ["turn()"])


def test_where_lines_are_only_missing_the_next_one_is_named_too() -> None:
    assert changed_lines("a\nc", "a\nb\nc") == (("c",), ("b", "c"))
    assert changed_lines("a", "a\nb") == (("a",), ("a", "b"))
    assert changed_lines("a\nx\nc", "a\nb\nc") == (("x",), ("b",))


def test_names_to_learn_and_names_held_out_share_no_word() -> None:
    learned = {Words(Random(seed), held_out=False).word() for seed in range(500)}
    held_out = {Words(Random(seed), held_out=True).word() for seed in range(500)}
    assert not learned & held_out
    assert all(map(is_held_out, held_out)) and not any(map(is_held_out, learned))


def test_wordings_held_out_are_in_no_lesson() -> None:
    texts = frames()
    kinds = texts["training"]["kinds"]
    ways = [texts["training"][way] for way in ("named", "unnamed", "filed")]
    learned = {frame for group in [*ways, *kinds.values()] for frame in group}
    held_out = {frame for group in texts["held_out"].values() for frame in group}
    assert len(held_out) >= 12 and not learned & held_out
    assert set(kinds) == set(KINDS)
    assert all(len(ways[0]) + len(group) >= 12 for group in kinds.values())


def test_the_same_seed_gives_the_same_problem() -> None:
    one, other = (make_problem(Random(5), held_out=True) for _ in range(2))
    assert (one.files(), one.issue) == (other.files(), other.issue)


def test_a_fresh_bug_is_a_repository_whose_issue_is_about_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    bug = fresh_bug(12)
    write_repository(bug, tmp_path)
    assert set(HostGit(tmp_path).ask("ls-files").splitlines()) == set(bug.files)
    assert bug.kind in KINDS and bug.test_command.startswith("python3 -m ")
    assert fresh_bug(12) == bug and fresh_bug(13).files != bug.files


def test_a_kind_that_a_piece_cannot_have_is_none() -> None:
    template = next(t for t in read_templates() if t.names[0] == "is_even")
    piece = make_piece(template, Words(Random(0), held_out=False), Random(0))
    assert piece is not None and bug_of_kind("wrong exception", piece, Random(0)) is None
    assert re.search(r"% 2", piece.code)
