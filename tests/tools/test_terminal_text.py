"""The model reads what a terminal would show at the end, without colours and progress bars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.terminal_text import plain


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;file:///x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(B\x1b[mplain\x1b7", "plain"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\r\r\nb", "a\nb"),
        ("man\x08\x08\x08xyz", "xyz"),
        ("-\x08\\\x08|\x08done", "done"),
        ("ding\x07", "ding"),
        ("a\0b", "a\ufffdb"),
        ("tab\tstays\x0c", "tab\tstays\ufffd"),
    ],
)
def test_control_characters(raw: str, shown: str) -> None:
    assert plain(raw) == (shown, False)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("  0%\r 50%\r100%\nnext", "100%\nnext"),
        ("fetching 1\rfetching 2\r\x1b[K", "fetching 2"),
        ("\r", ""),
    ],
)
def test_redrawn_lines_keep_their_last_state_and_are_told_of(raw: str, shown: str) -> None:
    assert plain(raw) == (shown, True)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t")))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert plain(text) == (text, False)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once, _ = plain(text)

    assert plain(once) == (once, False)
