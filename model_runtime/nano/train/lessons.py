"""Lessons as arrays of tokens: read from JSON lines, tokenised once, dealt out in batches of like length."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ids = NDArray[np.int64]
SHOWN = 4
"""Tokens of a quoted passage that say which it is."""


@dataclass(frozen=True)
class Lesson:
    """One session behind the head: token ids, and which of them the assistant wrote. `copied` marks those of the
    calls' arguments, which are nearly all copied from the context."""

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


def read_texts(file: Path) -> Iterator[list[dict[str, object]]]:
    """The messages of each session of `file`."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["messages"]


def marked(ids: Ids, starts: tuple[int, ...], end: int, open_parameter: int, close_parameter: int) -> Lesson:
    """Find what the assistant wrote: from behind each `starts` to the next `end`, which is its own."""
    assistant = np.zeros(len(ids), bool)
    copied = np.zeros(len(ids), bool)
    inside, in_parameter, width = False, False, len(starts)
    for at, token in enumerate(ids.tolist()):
        if inside:
            assistant[at] = True
            if token == close_parameter:
                in_parameter = False
            copied[at] = in_parameter
            if token == open_parameter:
                in_parameter = True
            inside = token != end
        elif at + 1 >= width and tuple(ids[at + 1 - width : at + 1]) == starts:
            inside = True
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
