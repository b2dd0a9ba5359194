"""How an output is cut for its reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.channel.output import HEAD_BYTES, TAIL_BYTES, show, unfinished

PATH = "/mimosa/out/1.txt"


def ends(data: bytes) -> bytes:
    """What a sandbox hands over of a long output."""
    return data if len(data) <= HEAD_BYTES + TAIL_BYTES else data[:HEAD_BYTES] + data[-TAIL_BYTES:]


def test_what_fits_is_shown_as_it_is() -> None:
    data = b"x" * (HEAD_BYTES + TAIL_BYTES)
    assert show(data, len(data), PATH).text == data.decode()
    assert show(data, len(data), PATH).kept is None


def test_a_cut_is_at_the_ends_of_lines_and_says_what_was_left_out() -> None:
    data = b"".join(b"line %06d\n" % number for number in range(10_000))
    shown = show(ends(data), len(data), PATH)
    lines = shown.text.splitlines()
    (cut,) = [line for line in lines if "cut here" in line]
    assert PATH in cut
    assert str(len(data)) in cut
    assert all(line.startswith("line ") and len(line) == 11 for line in lines if line != cut)
    assert lines[0] == "line 000000"
    assert lines[-1] == "line 009999"
    assert shown.kept == sum(len(line) + 1 for line in lines if line != cut)
    assert str(len(data) - shown.kept) in cut


def test_one_long_line_is_cut_between_characters() -> None:
    data = ("漢" * 100_000).encode()
    shown = show(ends(data), len(data), PATH)
    head, cut, tail = shown.text.split("\n")
    assert set(head) == set(tail) == {"漢"}
    assert "cut here" in cut


@given(st.binary(max_size=40_000), st.integers(0, 20))
def test_whatever_is_printed_head_and_tail_are_shown(data: bytes, times: int) -> None:
    data = data * (times + 1)
    shown = show(ends(data), len(data), PATH)
    if shown.kept is None:
        assert shown.text == data.decode("utf-8", "replace").replace("\0", "\u2400")
        return
    assert (HEAD_BYTES + TAIL_BYTES) * 0.7 < shown.kept <= HEAD_BYTES + TAIL_BYTES
    assert f"{len(data) - shown.kept} of {len(data)} bytes" in shown.text


@given(st.text(min_size=1), st.data())
def test_an_unfinished_character_is_found_wherever_a_text_is_split(text: str, data: st.DataObject) -> None:
    encoded = text.encode("utf-8", "replace")
    at = data.draw(st.integers(0, len(encoded)))
    left = encoded[:at]
    whole = left[: len(left) - unfinished(left)]
    assert whole.decode("utf-8") == encoded.decode("utf-8")[: len(whole.decode("utf-8"))]
    assert len(left) - len(whole) < 4


@pytest.mark.parametrize("data", [b"", b"a", b"\x80\x80\x80\x80", b"a\xff", b"\xc3\xa4", b"\xf0\x9f\x8c\xb1"])
def test_bytes_that_wait_for_nothing_are_not_held_back(data: bytes) -> None:
    assert unfinished(data) == 0 or data == b"a\xff"
