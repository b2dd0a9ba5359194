"""Each key's line is found, however the file is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.locate import KeyPath, locate

AWKWARD = '''\
# a comment with [brackets] and key = "value"
top = 1
[model]
  name = "a # no comment \\" = [x]"   # a comment
base_url = 'C:\\not\\an\\escape'

[ "sandbox" . 'inner' ]
"quoted.key" = 1
dotted . "second part" . third = 2
text = """
[not.a.table]
key = "value" and two quotes at the end"""""
literal = \'\'\'
also = 'nothing' \\\'\'\'
after = true

[sandbox]
setup = [  # a comment with ] in it
  "pip install -e '.[dev]'",

  """
  two
  lines""", "third" ]
inline = { one = 1, two = { three = [ 1, 2 ] }, "f our" = "}" }
when = 1979-05-27 07:32:00
bad-but-bare_1 = 0x_no
'''.replace("0x_no", "0x1f")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("model",), 3),
        (("model", "name"), 4),
        (("model", "base_url"), 5),
        (("sandbox", "inner"), 7),
        (("sandbox", "inner", "quoted.key"), 8),
        (("sandbox", "inner", "dotted", "second part", "third"), 9),
        (("sandbox", "inner", "text"), 10),
        (("sandbox", "inner", "literal"), 13),
        (("sandbox", "inner", "after"), 15),
        (("sandbox", "setup"), 18),
        (("sandbox", "setup", 0), 19),
        (("sandbox", "setup", 1), 21),
        (("sandbox", "setup", 2), 23),
        (("sandbox", "inline", "two", "three", 1), 24),
        (("sandbox", "inline", "f our"), 24),
        (("sandbox", "when"), 25),
        (("sandbox", "bad-but-bare_1"), 26),
    ],
)
def test_every_way_to_write_a_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    tomllib.loads(AWKWARD)  # the example itself is right
    assert locate(AWKWARD)[path] == line


def test_what_stands_in_a_string_or_a_comment_is_no_key() -> None:
    found = locate(AWKWARD)
    assert ("not",) not in found
    assert not any("also" in path or "key" in path for path in found)


def test_windows_line_ends_count_once() -> None:
    assert locate("[a]\r\nb = 1\r\nc = [\r\n1]\r\n") == {("a",): 1, ("a", "b"): 2, ("a", "c"): 3, ("a", "c", 0): 4}


def test_a_repeated_table_is_found_where_it_first_stands() -> None:
    assert locate("[[a]]\nb = 1\n[[a]]\nb = 2\n") == {("a",): 1, ("a", "b"): 2}


KEYS = st.text(alphabet="ab-_ .\"'#[=\\\té", min_size=1, max_size=6)
VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=12, alphabet="ab\"'#[]{}=\\,. é"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_any_document_has_each_of_its_keys_on_the_line_where_it_was_written(
    document: dict[str, dict[str, object]],
) -> None:
    lines: list[str] = []
    where: dict[KeyPath, int] = {}
    for section, table in document.items():
        lines.append(f"[{_toml(section)}]")
        where[(section,)] = len(lines)
        for key, value in table.items():
            lines.append(f"{_toml(key)} = {_toml(value)} # {key}")
            where[(section, key)] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == document
    found = locate(text)
    assert {path: found[path] for path in where} == where
