"""Our reader of tokenizer.json gives the ids that the `tokenizers` library gives."""

import json

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from model_runtime.nano.errors import CheckpointBroken
from model_runtime.nano.tokenizer import Tokenizer, TokenStream
from model_runtime.nano.train.vocabulary import MARKS, SPECIAL
from tests.nano.made_tokenizer import ROOT, made_tokenizer

THEIRS = made_tokenizer()
OURS = Tokenizer(json.loads(THEIRS.to_str()))

words = st.sampled_from(
    [
        *SPECIAL,
        *MARKS,
        "<|im_",
        "<functio",
        "  ",
        "\n    ",
        "\r\n",
        "\r",
        "\t",
        "the",
        " the",
        "3.14",
        "  return x\n",
    ]
)
odd = st.sampled_from(["\x1c", "\x85", "\xa0", "\u200b", "\u2028", "\u3000", "é", "日本", "🙂", "e\u0301", "===="])
texts = st.lists(st.one_of(words, odd, st.text(max_size=8))).map("".join)


@settings(deadline=None)
@given(texts)
def test_ids_are_those_of_the_library(text: str) -> None:
    assert OURS.encode(text) == THEIRS.encode(text, add_special_tokens=False).ids


@settings(deadline=None)
@given(texts)
def test_text_survives(text: str) -> None:
    assert OURS.decode(OURS.encode(text)) == text


def test_whole_files_are_cut_alike() -> None:
    for path in [*sorted((ROOT / "model_runtime").glob("*.py")), ROOT / "docs" / "chat.md"]:
        text = path.read_text(encoding="utf-8")
        assert OURS.encode(text) == THEIRS.encode(text, add_special_tokens=False).ids, path


@settings(deadline=None)
@given(st.lists(st.integers(0, OURS.size - 1)))
def test_ids_decode_as_in_the_library(ids: list[int]) -> None:
    assert OURS.decode(ids) == THEIRS.decode(ids, skip_special_tokens=False)


@settings(deadline=None)
@given(texts)
def test_a_stream_gives_whole_characters_and_loses_none(text: str) -> None:
    stream = TokenStream(OURS)
    pieces = [stream.feed(token) for token in OURS.encode(text)]
    assert "�" not in "".join(pieces) or "�" in text
    assert "".join(pieces) + stream.end() == text


def test_half_a_character_at_the_end_is_shown_as_one_that_is_missing() -> None:
    stream = TokenStream(OURS)
    first, *_ = OURS.encode("🙂")
    assert stream.feed(first) == ""
    assert stream.end() == "�"


def test_a_lone_surrogate_does_not_stop_it() -> None:
    assert OURS.decode(OURS.encode("a\ud83d b")) == "a� b"


def test_a_long_word_takes_no_longer_than_a_long_text() -> None:
    assert OURS.encode("=" * 50_000) == THEIRS.encode("=" * 50_000, add_special_tokens=False).ids


def test_another_kind_of_tokenizer_is_refused() -> None:
    other = tokenizers.Tokenizer(tokenizers.models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    with pytest.raises(CheckpointBroken, match="byte-level BPE"):
        Tokenizer(json.loads(other.to_str()))


def test_another_way_to_cut_words_is_refused() -> None:
    document = json.loads(THEIRS.to_str())
    document["pre_tokenizer"] = {"type": "Whitespace"}
    with pytest.raises(CheckpointBroken, match="cuts text into words"):
        Tokenizer(document)
