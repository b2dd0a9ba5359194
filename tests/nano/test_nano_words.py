"""Words: what counts as one, and which may be said."""

import json
from pathlib import Path

import pytest

from model_runtime.nano.errors import CheckpointBroken
from model_runtime.nano.words import (
    FILE,
    IN_CODE,
    IN_TEXT,
    Learned,
    Words,
    ends_quoted,
    words_of_code,
    words_of_text,
)


def test_what_underscores_join_is_a_word_in_parts_too() -> None:
    assert words_of_text(b"test_to_port_2(1.5)") >= {b"test_to_port_2", b"to_port", b"port", b"1", b"5"}


def test_an_attribute_is_another_word_than_a_variable() -> None:
    assert words_of_code(b"return text.lower()") == {b"return", b"text", b".lower"}


def test_of_strings_and_comments_only_numbers_count() -> None:
    code = b'''def f(a):  # wrong by 7
    """At most 12 of it's "quoted" values."""
    return a or 'it\\'s nothing' '''
    assert words_of_code(code) == {b"def", b"f", b"a", b"return", b"or", b"7", b"12"}


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        (b"", False), (b'x = "a', True), (b'x = "a"', False), (b'"""a "b" c', True), (b'"""a"""', False),
        (b'"a\\"', True), (b"x # don't", True), (b"x # don't\n", False),
    ],
)  # fmt: skip
def test_whether_a_string_or_a_comment_goes_on(code: bytes, inside: bool) -> None:
    assert ends_quoted(code) is inside


def test_a_word_may_be_begun_if_one_begins_so_and_ended_if_it_is_one() -> None:
    words = Words([b"grid", b"grid_size", b"of"], IN_TEXT)
    assert words.allow(b"the size of gr", b"id")
    assert words.allow(b"grid", b"_si")
    assert words.allow(b"grid", b"(")
    assert words.allow(b"gri", b"d of ")
    assert not words.allow(b"gri", b"(")
    assert not words.allow(b"grid", b"ge")
    assert not words.allow(b"grid", b" is ")


def test_of_code_the_dot_belongs_to_the_word() -> None:
    words = Words(words_of_code(b"text.lower()"), IN_CODE)
    assert words.allow(b"text", b".")
    assert words.allow(b"text.", b"low")
    assert not words.allow(b"return ", b"lower")
    assert not words.allow(b"text.", b"text")


def test_a_checkpoint_tells_its_words_or_does_not(tmp_path: Path) -> None:
    assert Learned.read(tmp_path) is None
    (tmp_path / FILE).write_text(json.dumps({"said": ["fails"], "put_in": [".lower"]}))
    assert Learned.read(tmp_path) == Learned(frozenset([b"fails"]), frozenset([b".lower"]))
    for broken in ("{}", "[]", "not JSON", '{"said": 1, "put_in": []}', '{"said": [1], "put_in": []}'):
        (tmp_path / FILE).write_text(broken)
        with pytest.raises(CheckpointBroken, match=r"words\.json does not say which words are known"):
            Learned.read(tmp_path)
