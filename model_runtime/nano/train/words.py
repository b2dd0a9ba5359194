"""Which words the assistant says without having read them, in lessons: what `nano.words` allows it to say."""

import builtins
import json
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from model_runtime.nano.template import GENERATION
from model_runtime.nano.train.encode import Session
from model_runtime.nano.words import FILE, IN_TEXT, words_of_code, words_of_text

TYPES = (str, bytes, int, float, list, tuple, dict, set)
PYTHON = frozenset(
    name.encode()
    for name in (
        *keyword.kwlist,
        *dir(builtins),
        *(name for type_ in TYPES for name in dir(type_)),
        *map(str, range(101)),
    )
    if not name.startswith("__")
)
"""Keywords, built-in names, methods of built-in types, small numbers."""
TWICE = 2
"""In so many lessons a word has to be said; in one it may be a name that was lost."""
EDIT = re.compile(rb"<parameter=old_str>(.*?)</parameter>\s*<parameter=new_str>(.*?)</parameter>", re.DOTALL)
TURN = re.compile(r"(?=<\|im_start\|>)")


def write_words(head: str, sessions: Iterable[Session], repairs: Iterable[Session], folder: Path) -> None:
    """Into the checkpoint in `folder`. `repairs` begin in the middle, so only their edits tell something."""
    known = words_of_text(head.encode())
    said, put_in = Counter[bytes](), Counter[bytes]()
    for session in sessions:
        said.update(set(_unread(session, known)))
        put_in.update(_put_in(session))
    for repair in repairs:
        put_in.update(_put_in(repair))
    often = {word for word, number in said.items() if number >= TWICE}
    learned = {
        "said": often | PYTHON,
        "put_in": {word for word, number in put_in.items() if number >= TWICE and word.lstrip(b".") in PYTHON},
    }
    text = json.dumps({key: sorted(word.decode() for word in words) for key, words in learned.items()}, indent=0)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def _unread(session: Session, known: set[bytes]) -> Iterator[bytes]:
    read = set(known)
    for text, learned in _turns(session):
        if learned:
            yield from set(IN_TEXT.findall(text)) - read
        read |= words_of_text(text)


def _put_in(session: Session) -> set[bytes]:
    """The words of code that an edit puts where they did not stand."""
    edits = [edit for text, learned in _turns(session) if learned for edit in EDIT.findall(text)]
    return {word for old, new in edits for word in words_of_code(new) - words_of_code(old)}


def _turns(session: Session) -> Iterator[tuple[bytes, bool]]:
    """Each turn, and whether it is one that the assistant is to learn."""
    number = -1
    for text in TURN.split(session.text):
        own = text.startswith(GENERATION)
        number += own
        yield text.encode(), own and number not in session.slips
