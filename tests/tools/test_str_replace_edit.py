"""An edit changes exactly the one place that was meant, and every other byte stays."""

import codecs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tools.str_replace.edit import Edit, replace_once
from tools.str_replace.refusal import NoEdit
from tools.text_file import NotText, TextFile, decode

# Few letters, so that quotes repeat and nearly repeat; blanks and both line breaks, so that they get mixed.
TEXTS = st.lists(st.sampled_from(["a", "b", "é", " ", "\t", "\n", "\r\n", "x = 1", "\u0085"])).map("".join)
MARKS = st.sampled_from(
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("latin-1", b"")]
)


def edit(text: str, old: str, new: str) -> Edit:
    return replace_once(TextFile(text), old, new)


def refusal(text: str, old: str, new: str = "new") -> str:
    with pytest.raises(NoEdit) as refused:
        edit(text, old, new)
    return str(refused.value)


@given(TEXTS, TEXTS, TEXTS, MARKS)
def test_what_is_around_the_one_place_stays_byte_for_byte(
    before: str, after: str, new: str, mark: tuple[str, bytes]
) -> None:
    encoding, bom = mark
    text = f"{before}<<<{after}"
    data = bom + text.encode(encoding)
    file = decode(data)
    done = replace_once(file, "<<<", new)
    written = file.encode(done.text)

    at = text.index("<<<")
    head = bom + text[:at].encode(encoding)
    assert written.startswith(head)
    assert written.endswith(text[at + 3 :].encode(encoding))
    middle = written[len(head) : len(written) - len(text[at + 3 :].encode(encoding))].decode(file.encoding)
    assert middle.replace("\r\n", "\n") == new.replace("\r\n", "\n")


@given(st.binary(max_size=200))
def test_any_text_file_survives_decoding_and_encoding(data: bytes) -> None:
    try:
        file = decode(data)
    except NotText:
        assume(False)
    assert file.encode(file.text) == data


@given(TEXTS, TEXTS, TEXTS)
def test_an_edit_is_one_replacement_or_a_refusal_that_explains(text: str, old: str, new: str) -> None:
    assume(old)
    try:
        done = edit(text, old, new)
    except NoEdit as refused:
        assert len(str(refused)) > 20
        return
    kept_before, kept_after = text[: done.span.start], done.text[done.span.end :]
    assert done.text.startswith(kept_before)
    assert text.endswith(kept_after)
    replaced = text[len(kept_before) : len(text) - len(kept_after)]
    if not done.warning:
        assert replaced.replace("\r\n", "\n") == old.replace("\r\n", "\n")
    assert replaced.split() == old.split()


@pytest.mark.parametrize("old", ["b\nc", "b\r\nc"])
@pytest.mark.parametrize("new", ["B\nC\nD", "B\r\nC\r\nD"])
def test_a_file_with_crlf_keeps_it_however_the_call_breaks_lines(old: str, new: str) -> None:
    assert edit("a\r\nb\r\nc\r\nd\r\n", old, new).text == "a\r\nB\r\nC\r\nD\r\nd\r\n"


def test_a_new_line_in_a_file_with_crlf_gets_crlf() -> None:
    assert edit("a\r\nb\r\n", "b", "b\nc").text == "a\r\nb\r\nc\r\n"


def test_a_mixed_file_keeps_each_line_as_it_is() -> None:
    assert edit("a\nb\r\nc\nd\r\n", "a\nb", "A\nB").text == "A\nB\r\nc\nd\r\n"
    assert edit("a\nb\r\nc\nd\r\n", "c\n", "C\nD\n").text == "a\nb\r\nC\nD\nd\r\n"


def test_a_quote_that_begins_with_a_line_break_does_not_split_a_crlf() -> None:
    assert edit("a\r\nb", "\nb", "\nc").text == "a\r\nc"


def test_several_places_are_shown_with_what_tells_them_apart() -> None:
    text = "def f():\n    x = 1\n    return x\n\n\ndef g():\n    y = 2\n    return x\n"

    told = refusal(text, "    return x\n")

    assert "occurs 2 times in the file, at lines 3, 8" in told
    assert "     7      y = 2\n     8      return x" in told


def test_overlapping_places_are_several() -> None:
    assert "occurs 2 times" in refusal("aaa", "aa")


@pytest.mark.parametrize(
    ("text", "old", "new", "becomes"),
    [
        (
            "def f():\n\treturn 1\n",
            "def f():\n    return 1\n",
            "def f():\n    return 2\n",
            "def f():\n\treturn 2\n",
        ),
        ("class A:\n    x = 1  \n    y = 2\n", "    x = 1\n    y = 2", "    x = 3", "class A:\n    x = 3\n"),
        (
            "class A:\n    def f(self):\n        return 1  \n",
            "def f(self):\n    return 1\n",
            "def f(self):\n    if x:\n        return 2\n    return 1\n",
            "class A:\n    def f(self):\n        if x:\n            return 2\n        return 1\n",
        ),
        ("f():\n  if x:\n    g()\n", "f():\n    if x:\n        g()\n", "f():\n    h()\n", "f():\n  h()\n"),
        ("if a:\n    b()\n", "        if a:\n            b()\n", "        c()\n", "c()\n"),
        ("x  =  1\ny", "x = 1\n", "x = 2\n", "x = 2\ny"),
        ("a\nb", "a \nb\n", "c\n", "c\n"),
        ("a", "a\n ", "b", "b"),
        ("x\u00a0= 1", "x = 1", "x = 2", "x = 2"),
    ],
)
def test_a_place_that_differs_in_white_space_alone_is_taken_with_a_warning(
    text: str, old: str, new: str, becomes: str
) -> None:
    done = edit(text, old, new)

    assert done.text == becomes
    assert done.warning.startswith("Warning: old_str is not in the file exactly")


def test_the_warning_shows_the_difference_so_that_blanks_can_be_told_from_tabs() -> None:
    done = edit("def f():\n\treturn 1\n", "def f():\n    return 1\n", "def f():\n    return 2\n")

    assert r"  line 2: old_str has '    return 1', the file had '\treturn 1'" in done.warning
    assert "The indentation of new_str was changed in the same way." in done.warning


def test_indentation_without_a_rule_is_left_and_the_model_told_to_look() -> None:
    done = edit("if a:\n   b()\n       c()\n", "if a:\n    b()\n    c()\n", "if a:\n    d()\n")

    assert done.text == "if a:\n    d()\n"
    assert "check its indentation" in done.warning


def test_one_continuation_line_is_no_reason_to_indent_differently() -> None:
    done = edit("def f(a,\n        b):\n    pass\n", "def f(a,\n    b):\n", "def f(a):\n    g(a)\n")

    assert done.text == "def f(a):\n    g(a)\n    pass\n"
    assert "check its indentation" in done.warning


def test_several_places_up_to_white_space_are_refused() -> None:
    assert "up to white space it occurs 2 times" in refusal("\tx = 1\n  x = 1\n", "    x = 1\n")


def test_white_space_alone_is_never_taken_loosely() -> None:
    assert "not in the file" in refusal("a\n\n\nb", "\t\t")


def test_words_are_not_joined_or_split() -> None:
    assert "not in the file" in refusal("myreturn x", "    return x")
    assert "not in the file" in refusal("a b", "ab")


def test_a_miss_shows_the_nearest_lines_and_the_first_difference() -> None:
    text = "import os\n\n\ndef area(w, h):\n    total = w * h\n    return total\n\n\ndef x():\n    pass\n"

    told = refusal(text, "def area(w, h):\n    total = w + h\n    return total\n")

    assert "     4  def area(w, h):\n     5      total = w * h\n     6      return total" in told
    assert (
        "First difference, at line 5: old_str has '    total = w + h', the file has '    total = w * h'." in told
    )


def test_a_miss_of_a_single_line_finds_the_one_most_like_it() -> None:
    assert "     2  def total(items):" in refusal("x = 1\ndef total(items):\n    pass\n", "def totals(items):")


def test_a_miss_with_nothing_like_it_says_so() -> None:
    assert "The file (2 lines) has nothing like it." in refusal("alpha\nbeta\n", "zzzzzzzz = qqqqq")


def test_an_edit_made_before_is_recognised() -> None:
    assert "new_str is there already, at line 2" in refusal("a\nlimit = 2\n", "limit = 1", "limit = 2")


def test_line_numbers_in_the_quote_are_recognised() -> None:
    assert "seems to hold line numbers" in refusal("def f():\n    pass\n", "     1\tdef f():\n     2\t    pass\n")


def test_line_breaks_escaped_twice_are_recognised() -> None:
    assert "give real line breaks" in refusal("a\nb\n", r"a\nb")


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    file = decode(b"caf\xe9\n")
    with pytest.raises(NotText, match="latin-1, which has no character '€'"):
        file.encode("€")


@pytest.mark.parametrize("data", [b"\x7fELF\0\1", b"a\0b", "a\0b".encode("utf-16"), b"\xff\xfea"])
def test_binary_bytes_are_not_text(data: bytes) -> None:
    with pytest.raises(NotText, match="binary"):
        decode(data)


def test_a_large_file_is_searched_in_reasonable_time() -> None:
    text = "".join(f"line {number} of many\n" for number in range(200_000))

    assert "The nearest lines" in refusal(text, "line 100000 of any\n")
    assert edit(text, "line 150000 of many", "x").text.count("\n") == 200_000


@pytest.mark.parametrize("text", [" " * 300_000, "\t \n" * 100_000, "x" * 1_000_000, "a\n" * 200_000])
def test_strange_files_are_searched_in_reasonable_time(text: str) -> None:
    assert "not in the file" in refusal(text, "    return   total\n\n    y\n")
    assert "not in the file" in refusal(text, "   z" + " y" * 5000)
