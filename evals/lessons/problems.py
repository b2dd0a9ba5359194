"""A problem: a package with one bug in it, and the issue that tells of it."""

from dataclasses import dataclass, replace
from functools import cache
from random import Random

from evals.lessons.bugs import Bug, as_bug, bug_of_kind
from evals.lessons.issue_texts import FILED, NAMED, UNNAMED, issue_text
from evals.lessons.mutations.base import Code
from evals.lessons.mutations.kinds import KINDS
from evals.lessons.packages import Module, Package, make_package
from evals.lessons.pieces import Piece, make_piece
from evals.lessons.templates import LEARNED, Template, read_templates
from evals.lessons.words import Words

COMPANY = (1, 2, 2, 3, 3, 4)
"""How many other functions a package has: one of these."""
WAYS = ((NAMED, 0.8), (UNNAMED, 0.12), (FILED, 0.08))
MOST_TRIES = 200


@dataclass(frozen=True)
class Problem:
    """`way` says what the issue names: the function, nothing, or the file."""

    package: Package
    bug: Bug
    issue: str
    way: str

    @property
    def module(self) -> Module:
        return self.package.module_of(self.bug.piece)

    def files(self) -> dict[str, str]:
        """The repository, with the bug."""
        return self.package.files(self.bug.piece, self.bug.code)


def make_problem(
    rng: Random,
    *,
    held_out: bool,
    kind: str | None = None,
    functions: tuple[str, ...] = LEARNED,
    keep_spare: bool = False,
    company: tuple[int, ...] = COMPANY,
) -> Problem:
    """A problem of `kind`, or of any: the kinds are equally frequent. `functions` are files of templates. With
    `keep_spare` one example, where there are enough, is not in the package's own tests."""
    words = Words(rng, held_out=held_out)
    bug = _bug(kind or rng.choice(list(KINDS)), functions, words, rng)
    if keep_spare:
        bug = _with_spare(bug)
    pieces = [bug.piece, *_company(bug.piece, rng.choice(company), functions, words, rng)]
    package = make_package(pieces, words, rng, held_out=held_out)
    way = rng.choices([name for name, _ in WAYS], [share for _, share in WAYS])[0]
    file = package.module_of(bug.piece).path.rsplit("/", 1)[-1]
    issue = issue_text(bug, rng.choice(bug.symptoms), file, way, rng, held_out=held_out)
    return Problem(package, bug, issue, way)


def _with_spare(bug: Bug) -> Bug:
    """The bug with one example of its piece kept back, if the others notice it too."""
    *shown, spare = bug.piece.examples
    piece = replace(bug.piece, examples=tuple(shown), spare=(spare,))
    return (as_bug(bug.kind, piece, bug.code) if len(shown) > 1 else None) or bug


@cache
def _templates_with(kind: str, functions: tuple[str, ...]) -> tuple[Template, ...]:
    """The templates that could have such a bug."""
    return tuple(template for template in read_templates(functions) if any(KINDS[kind](Code(template.code))))


def _bug(kind: str, functions: tuple[str, ...], words: Words, rng: Random) -> Bug:
    for _ in range(MOST_TRIES):
        piece = make_piece(rng.choice(_templates_with(kind, functions)), words, rng)
        if piece is not None and (bug := bug_of_kind(kind, piece, rng)):
            return bug
    raise RuntimeError(f"No template has a bug of the kind {kind!r}.")


def _company(piece: Piece, wanted: int, functions: tuple[str, ...], words: Words, rng: Random) -> list[Piece]:
    """Other pieces, of other templates and names."""
    company: list[Piece] = []
    taken = {piece.template}
    for template in rng.sample(read_templates(functions), 12):
        if len(company) == wanted:
            break
        other = make_piece(template, words, rng) if template.names[0] not in taken else None
        names = {p.name for p in [piece, *company]}
        if other is not None and other.name not in names:
            company.append(other)
            taken.add(other.template)
    return company
