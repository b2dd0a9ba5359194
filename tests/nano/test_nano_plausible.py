"""Whether an edit may help."""

import pytest

from model_runtime.nano.plausible import may_help, normal

OLD = b"""\
def area(width, height):
    \"\"\"The area.\"\"\"
    return width + height"""


def changed(old: bytes, new: bytes) -> bytes:
    assert old in OLD
    return OLD.replace(old, new)


@pytest.mark.parametrize(
    ("new", "may"),
    [
        (changed(b"+", b"*"), True),
        (changed(b"width + height", b"max(width, height)"), True),
        (changed(b"return width", b"return [w for w in width]"), True),
        (changed(b"height)", b"height=0)"), True),
        (changed(b"    return", b"    if not width:\n        return height\n    return"), True),
        (changed(b"return width", b"raise ValueError\n    return width"), True),
        (OLD, False),
        (changed(b"width +", b"max +"), False),
        (changed(b"width +", b"width(height) +"), False),
        (changed(b"    return", b"return"), False),
        (changed(b"return", b"retrun"), False),
        (changed(b"    return", b"  return (\n"), False),
        (changed(b"width + height", b"size"), False),
        (changed(b"width + height", b"w for w in width"), False),
        (changed(b"area", b"size"), False),
        (changed(b"height)", b"height, depth)"), False),
        (changed(b"The area", b"No area"), False),
        (changed(b"    return", b"    width = width\n" * 4 + b"    return"), False),
    ],
)
def test_what_cannot_be_right_is_not_worth_a_try(new: bytes, may: bool) -> None:
    assert may_help(OLD, new) is may


def test_of_what_is_no_python_nothing_is_known() -> None:
    assert may_help(b"the area", b"the area of it")
    assert not may_help(b"the area", b"the area")


def test_part_of_a_function_is_python_too() -> None:
    assert may_help(b"    return width + 1", b"    return width")
    assert not may_help(b"    return width + 1", b"    return width +")


def test_functions_may_be_called_and_handed_on_as_before() -> None:
    old = b"def f(rows, key):\n    return sorted(map(str, rows), key=key(len))"
    assert may_help(old, old.replace(b"sorted", b"list"))
    assert may_help(old, old.replace(b"map(str, rows)", b"map(len, rows)"))
    assert may_help(old, old.replace(b"key(len)", b"key(rows)"))
    assert not may_help(old, old.replace(b"key(len)", b"rows(len)"))


def test_blanks_make_no_other_code() -> None:
    assert normal(b"    return a+b") == normal(b"    return a  + b") != normal(b"    return a - b")
    assert normal(b"no code") != normal(b"no  code")
