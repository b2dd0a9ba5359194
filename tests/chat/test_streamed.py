"""Markdown that streams in looks, once it is printed, as if it had come at once."""

from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.chat.painting.ansi import Ansi
from agent.chat.painting.blocks import BlockSplitter
from agent.chat.painting.streamed import StreamedAnswer
from tools.terminal_text import plain

CODE = "\n".join(f"def f{number}(x):\n    return x + {number}" for number in range(45))
TEXTS = {
    "a long paragraph": "Some words that go on and on, with `code` and **weight**. " * 12,
    "paragraphs": "# Title\n\nOne.\n\nTwo\nlines.\n\n> a quote\n> of two\n\n---\n\nEnd.",
    "a list": "Before:\n\n"
    + "\n".join(f"{number}. item {number} of them" for number in range(1, 40))
    + "\n\nAfter.",
    "nested lists": "- a\n  - b\n  - c\n\n    more\n- d\n\ntext\n\n* other\n",
    "long code": f"Look:\n\n```python\n{CODE}\n```\n\nThat was it.",
    "code without end": f"```\n{CODE}",
    "a table": "| a | b |\n|---|--:|\n| 1 | two |\n| three | 4 |\n\nText.",
    "wide letters": "漢字と絵文字 🎉👩‍💻 を含む長い段落。" * 30,
}


def printed(text: str, sizes: list[int], *, live: int = 0) -> str:
    """The scrollback after `text` came in pieces of these sizes, over and over; `live`: with a live region of so
    many lines, drawn after each piece."""
    out: list[str] = []
    answer = StreamedAnswer(out.append, lambda: Ansi(60, None))
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        answer.feed(text[at : at + size])
        at, turn = at + size, turn + 1
        if live:
            assert len(answer.live(live)) <= live
    answer.end()
    assert all(piece.endswith("\n") for piece in out)
    return plain("".join(out))[0]


@pytest.mark.parametrize("name", TEXTS)
def test_streamed_or_not_it_is_the_same(name: str) -> None:
    text = TEXTS[name]
    at_once = printed(text, [len(text)])
    assert printed(text, [37], live=5) == at_once
    assert printed(text, [1, 120, 24], live=3) == at_once


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(20, 200), min_size=1, max_size=6), st.sampled_from(sorted(TEXTS)))
def test_however_it_is_cut(sizes: list[int], name: str) -> None:
    text = TEXTS[name]
    assert printed(text, sizes, live=4) == printed(text, [len(text)])


def test_a_terminal_that_is_resized_all_the_time_loses_and_doubles_nothing() -> None:
    out: list[str] = []
    words = [f"word{number}" for number in range(300)]
    widths = cycle((60, 40, 90))
    answer = StreamedAnswer(out.append, lambda: Ansi(next(widths), None))
    for number, word in enumerate(words):
        answer.feed(f"{word} ")
        if number % 60 == 59:
            answer.live(4)
    answer.end()
    assert plain("".join(out))[0].split() == words


def test_a_block_is_given_as_soon_as_the_next_begins() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("One") == []
    assert splitter.feed(".\n\nTwo") == []
    assert [block.text.strip() for block in splitter.feed(".\n")] == ["One."]
    assert splitter.rest.text == "Two.\n"


def test_what_waits_does_not_grow_with_the_answer() -> None:
    splitter = BlockSplitter()
    splitter.feed("```python\n")
    waiting = []
    for number in range(5000):
        splitter.feed(f"value_{number} = {number}\n")
        waiting.append(len(splitter.rest.text))
    assert max(waiting) < 3000


def test_what_the_model_writes_cannot_drive_the_terminal() -> None:
    drawn = Ansi(60, "truecolor").draw
    from agent.chat.painting.markdown import ChatMarkdown

    text = drawn(
        ChatMarkdown("\x1b]0;title\x07 [click](http://evil.example) \x1b[2J `\x1b[31m`\n\n```\n\x1b[2J\n```")
    )
    assert "\x1b]" not in text and "\x1b[2J" not in text
    assert "http://evil.example" in text
