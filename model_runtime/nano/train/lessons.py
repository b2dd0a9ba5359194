"""Lessons as arrays of tokens, dealt out in batches of like length."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ids = NDArray[np.int64]
DISGUISED = 0.7
"""The share of a lesson's rare pieces of words that others stand for."""
SHOWN = 4
"""Tokens of a quoted passage that say which it is."""
REPLACES = 3
"""Parameters of a call that puts a new text, the last, in the place of an old one, the one before."""


@dataclass(frozen=True)
class Lesson:
    """One session behind the head: token ids, and which of them the assistant is to learn to write. `copied` marks
    those of the calls' arguments, which are nearly all copied from the context; `decisive` those of a new text
    that are not what the old one had there."""

    ids: Ids
    assistant: NDArray[np.bool_]
    copied: NDArray[np.bool_]
    decisive: NDArray[np.bool_]

    def without(self, tokens: int) -> "Lesson":
        """This lesson, begun so many tokens later."""
        return Lesson(self.ids[tokens:], self.assistant[tokens:], self.copied[tokens:], self.decisive[tokens:])


@dataclass(frozen=True)
class Pieces:
    """Tokens of letters: `rare` ones mean nothing but themselves, and any of `every` may stand for one, the more
    often the greater its `need`."""

    rare: Ids
    every: Ids
    need: NDArray[np.float64]

    def all_rare(self) -> "Pieces":
        """Where copying is all that counts, no word means anything."""
        return Pieces(self.every, self.every, self.need)


@dataclass(frozen=True)
class Batch:
    """sessions: [batch, tokens] ids, padded with `<|endoftext|>`. The others: [batch, tokens], yes or no."""

    sessions: Tensor
    assistant: Tensor
    copied: Tensor
    decisive: Tensor
    real: Tensor


@dataclass(frozen=True)
class Marks:
    """Token ids: the assistant's turn is from behind `starts` to `end`, which is its own; a parameter of a call
    from behind `opens` to `closes`."""

    starts: tuple[int, ...]
    end: int
    opens: int
    closes: int


def marked(ids: Ids, marks: Marks, slips: Collection[int] = ()) -> Lesson:
    """Find what the assistant wrote. The turns of it that `slips` numbers, from 0, are mistakes: they are read
    like all that others say."""
    assistant = np.zeros(len(ids), bool)
    copied = np.zeros(len(ids), bool)
    decisive = np.zeros(len(ids), bool)
    inside, in_parameter, turn, width = False, False, -1, len(marks.starts)
    texts: list[slice] = []
    for at, token in enumerate(ids.tolist()):
        if inside:
            assistant[at] = turn not in slips
            if token == marks.closes and in_parameter:
                in_parameter = False
                texts[-1] = slice(texts[-1].start, at + 1)
            copied[at] = in_parameter and turn not in slips
            if token == marks.opens:
                in_parameter = True
                texts.append(slice(at + 1, at + 1))
            inside = token != marks.end
            if not inside and len(texts) == REPLACES and turn not in slips:
                _, old, new = texts
                decisive[new] = _differs(ids[old], ids[new])
        elif at + 1 >= width and tuple(ids[at + 1 - width : at + 1]) == marks.starts:
            inside, turn, texts = True, turn + 1, []
    return Lesson(ids, assistant, copied, decisive)


def _differs(old: Ids, new: Ids) -> NDArray[np.bool_]:
    """Which tokens of `new` are not copied from `old`: other ones, more of them, or the first behind a gap."""
    differs = np.zeros(len(new), bool)
    # Both begin with a word of the parameter's name, "old" or "new".
    matcher = SequenceMatcher(None, old[1:].tolist(), new[1:].tolist(), autojunk=False)
    for what, _, _, start, stop in matcher.get_opcodes():
        if what != "equal":
            differs[1 + start : 1 + max(stop, start + 1)] = True
    return differs


def only_edit(repair: Lesson, opens: int) -> Lesson:
    """Of a repair, which ends with its edit: the text that is replaced, to be read, and the new one, to be
    written. `opens` is the token that opens a parameter: these are the last two."""
    *_, old, new = np.flatnonzero((repair.ids == opens) & repair.assistant)
    cut = repair.without(int(old))
    taught = np.arange(old, len(repair.ids)) > new
    return replace(cut, assistant=taught, copied=taught & cut.copied)


def batches(
    lessons: list[Lesson],
    tokens: Callable[[int], int],
    random: np.random.Generator,
    drills: Callable[[int], float],
    pieces: Pieces | None = None,
) -> Iterator[Batch]:
    """Endlessly, in a new order each time round. Of the number of batches so far, `tokens` says how many the next
    ones have at most, with their padding, and `drills` what share of them are drills. With `pieces` lessons are
    disguised."""
    dealt = 0
    while True:
        order = random.permutation(len(lessons))
        for chunk in np.array_split(order, max(1, len(order) // 256)):
            groups = list(_groups([lessons[number] for number in chunk], tokens(dealt)))
            for number in random.permutation(len(groups)):
                group, drilled = groups[number], random.random() < drills(dealt)
                dealt += 1
                if pieces is not None:
                    worn = pieces.all_rare() if drilled else pieces
                    group = [disguised(each, worn, random) for each in group]
                yield _padded([drill(each, random) for each in group] if drilled else group)


def disguised(lesson: Lesson, pieces: Pieces, random: np.random.Generator) -> Lesson:
    """The lesson with other pieces of words in the place of most of its rare ones, the same one throughout.

    A piece that no lesson has in a name is never copied: all that was learned of it is that it does not come. So
    each gets to stand in names. What decides a repair has to be known, and stays.
    """
    own = np.setdiff1d(np.intersect1d(lesson.ids, pieces.rare), lesson.ids[lesson.decisive])
    replaced = own[random.random(len(own)) < DISGUISED]
    free = ~np.isin(pieces.every, lesson.ids)
    others, need = pieces.every[free], pieces.need[free]
    stands = np.arange(int(lesson.ids.max()) + 1)
    stands[replaced] = random.choice(others, len(replaced), replace=False, p=need / need.sum())
    return replace(lesson, ids=stands[lesson.ids])


def drill(lesson: Lesson, random: np.random.Generator) -> Lesson:
    """An exercise in copying: the beginning of a session, then passages of it quoted at random, as long as the
    session was. Where a passage comes from shows in its first tokens; the rest of it is taught.

    Sessions alone hold so few copied tokens, so far from what they are copied from, that the attention which
    copies is found late.
    """
    length = len(lesson.ids)
    source = lesson.ids[: max(2 * SHOWN, min(length // 2, int(random.integers(100, 600))))]
    pieces, taught = [source], [np.zeros(len(source), bool)]
    while (room := length - sum(map(len, pieces))) > SHOWN:
        size = min(room, int(random.integers(12, 60)))
        start = int(random.integers(0, max(1, len(source) - size)))
        pieces.append(source[start : start + size])
        taught.append(np.arange(len(pieces[-1])) >= SHOWN)
    flags = np.concatenate(taught)
    return Lesson(np.concatenate(pieces), flags, flags, np.zeros(len(flags), bool))


def in_order(lessons: list[Lesson], tokens: int) -> Iterator[Batch]:
    """Once, for measuring."""
    for group in _groups(lessons, tokens):
        yield _padded(group)


def _groups(lessons: list[Lesson], tokens: int) -> Iterator[list[Lesson]]:
    group: list[Lesson] = []
    for lesson in sorted(lessons, key=lambda lesson: len(lesson.ids)):
        if group and (len(group) + 1) * len(lesson.ids) > tokens:
            yield group
            group = []
        group.append(lesson)
    yield group


def _padded(group: list[Lesson]) -> Batch:
    width = max(len(lesson.ids) for lesson in group)

    def stack(rows: list[NDArray[np.generic]]) -> Tensor:
        return torch.from_numpy(np.stack([np.pad(row, (0, width - len(row))) for row in rows]))

    return Batch(
        sessions=stack([lesson.ids for lesson in group]),
        assistant=stack([lesson.assistant for lesson in group]),
        copied=stack([lesson.copied for lesson in group]),
        decisive=stack([lesson.decisive for lesson in group]),
        real=stack([np.ones(len(lesson.ids), bool) for lesson in group]),
    )
