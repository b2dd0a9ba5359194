"""A bug in a piece: a mutant that its examples notice, and the lines that repair it."""

import ast
from dataclasses import dataclass
from random import Random

from evals.lessons.evaluation import Outcome, evaluate, is_literal
from evals.lessons.mutations.base import Code
from evals.lessons.mutations.kinds import KINDS
from evals.lessons.pieces import Example, Piece
from evals.lessons.time_limit import Hung

MOST_LINES = 3


@dataclass(frozen=True)
class Symptom:
    """An example that goes wrong, and what it comes to."""

    example: Example
    got: Outcome


@dataclass(frozen=True)
class Bug:
    """`code` is the piece with the bug. In it, the lines `wrong` have to become `right`."""

    kind: str
    piece: Piece
    code: str
    wrong: tuple[str, ...]
    right: tuple[str, ...]
    symptoms: tuple[Symptom, ...]

    @property
    def is_gap(self) -> bool:
        """Whether something is missing, and the wrong line only the place where it goes."""
        return len(self.right) > len(self.wrong)


def bug_of_kind(kind: str, piece: Piece, rng: Random) -> Bug | None:
    """One of the piece's bugs of that kind, if it has one that an example notices."""
    mutants = list(KINDS[kind](Code(piece.code)))
    rng.shuffle(mutants)
    for mutant in mutants[:8]:
        if bug := as_bug(kind, piece, mutant.code):
            return bug
    return None


def as_bug(kind: str, piece: Piece, code: str) -> Bug | None:
    """The bug that `code` is; None if it is none that a test can notice and some lines can repair."""
    symptoms = symptoms_of(piece, code)
    if not symptoms:
        return None
    wrong, right = changed_lines(code, piece.code)
    if not wrong or not right or max(len(wrong), len(right)) > MOST_LINES:
        return None
    return Bug(kind, piece, code, wrong, right, symptoms)


def symptoms_of(piece: Piece, code: str) -> tuple[Symptom, ...]:
    try:
        ast.parse(code)
        outcomes = evaluate(piece.imports, code, [example.source for example in piece.examples])
    except (SyntaxError, Hung):
        return ()
    return tuple(
        Symptom(example, got)
        for example, got in zip(piece.examples, outcomes, strict=True)
        if not got.same_as(example.outcome) and (is_literal(got) or got.raised)
    )


def changed_lines(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines of `before` that are replaced, and what by. Where lines are only added, the one that follows them
    (or, at the end, precedes them) is on both sides, so that there is something to replace."""
    old, new = before.split("\n"), after.split("\n")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if len(old) - end == start:
        if end:
            end -= 1
        else:
            start -= 1
    return tuple(old[start : len(old) - end]), tuple(new[start : len(new) - end])
