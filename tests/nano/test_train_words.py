"""The words of a checkpoint, counted in what it learned from. Needs the `train` extra."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the trainer needs torch: pip install '.[train]'")
pytest.importorskip("tokenizers", reason="the trainer needs tokenizers: pip install '.[train]'")

from model_runtime.nano.train.encode import Session
from model_runtime.nano.train.words import PYTHON, write_words
from model_runtime.nano.words import Learned


def session(*turns: str, slips: frozenset[int] = frozenset()) -> Session:
    """The user's turn, and then the assistant's and the tool's by turns."""
    roles = ("user", *("assistant", "tool") * len(turns))
    text = "".join(f"<|im_start|>{role}\n{turn}<|im_end|>" for role, turn in zip(roles, turns, strict=False))
    return Session(text, slips)


def edit(old: str, new: str) -> str:
    return f"<parameter=old_str>{old}</parameter>\n<parameter=new_str>{new}</parameter>"


def learned(
    tmp_path: Path, sessions: list[Session], repairs: list[Session] | None = None
) -> tuple[set[bytes], set[bytes]]:
    write_words("You repair.", sessions, repairs or [], tmp_path)
    words = Learned.read(tmp_path)
    assert words is not None
    return set(words.said - PYTHON), set(words.put_in)


def test_what_two_lessons_say_unread_may_be_said(tmp_path: Path) -> None:
    said, _ = learned(
        tmp_path, [session("Area is wrong.", "You read Area"), session("Edge is wrong.", "read Edge")]
    )
    assert said >= {b"read"}
    assert not said & {b"Area", b"Edge", b"You"}


def test_a_name_that_one_lesson_lost_is_not_learned_nor_what_was_a_mistake(tmp_path: Path) -> None:
    slips = frozenset([0])
    said, _ = learned(
        tmp_path, [session("a", "lost"), session("a", "wrong", slips=slips), session("a", "wrong", slips=slips)]
    )
    assert not said & {b"lost", b"wrong"}


def test_what_edits_put_in_is_learned_of_repairs_too_if_it_is_of_python(tmp_path: Path) -> None:
    repair = session("a", edit("return size", "return sorted(size.strip(), 0, spare)"))
    _, put_in = learned(tmp_path, [session("a", edit("sorted(x)", "x.sort()"))], [repair, repair])
    assert put_in == {b"sorted", b".strip", b"0"}
