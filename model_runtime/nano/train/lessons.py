"""Lessons as arrays of tokens, dealt out in batches of like length."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ids = NDArray[np.int64]
SHOWN = 4
"""Tokens of a quoted passage that say which it is."""


@dataclass(frozen=True)
class Lesson:
    """One session behind the head: token ids, and which of them the assistant is to learn to write. `copied` marks
    those of the calls' arguments, which are nearly all copied from the context."""

    ids: Ids
    assistant: NDArray[np.bool_]
    copied: NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """sessions: [batch, tokens] ids, padded with `<|endoftext|>`. assistant, copied, real: [batch, tokens]."""

    sessions: Tensor
    assistant: Tensor
    copied: Tensor
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
    inside, in_parameter, turn, width = False, False, -1, len(marks.starts)
    for at, token in enumerate(ids.tolist()):
        if inside:
            assistant[at] = turn not in slips
            if token == marks.closes:
                in_parameter = False
            copied[at] = in_parameter and turn not in slips
            if token == marks.opens:
                in_parameter = True
            inside = token != marks.end
        elif at + 1 >= width and tuple(ids[at + 1 - width : at + 1]) == marks.starts:
            inside, turn = True, turn + 1
    return Lesson(ids, assistant, copied)


def batches(
    lessons: list[Lesson], tokens: int, random: np.random.Generator, drills: Callable[[], float]
) -> Iterator[Batch]:
    """Endlessly, in a new order each time round; a batch has at most `tokens` with its padding. `drills`
    says, each time anew, what share of the batches are drills."""
    while True:
        order = random.permutation(len(lessons))
        for chunk in np.array_split(order, max(1, len(order) // 256)):
            groups = list(_groups([lessons[number] for number in chunk], tokens))
            for number in random.permutation(len(groups)):
                group = groups[number]
                yield _padded([drill(each, random) for each in group] if random.random() < drills() else group)


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
    return Lesson(np.concatenate(pieces), flags, flags)


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
        real=stack([np.ones(len(lesson.ids), bool) for lesson in group]),
    )
