"""The text of test files, in the two styles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evals.lessons.pieces import Example, Piece

if TYPE_CHECKING:
    from evals.lessons.packages import Module

PYTEST, UNITTEST = "pytest", "unittest"


def test_file(modules: Sequence["Module"], style: str, *, split: bool) -> str:
    """Tests of all pieces of `modules`; with `split` one test an example, else one a piece."""
    pieces = [piece for module in modules for piece in module.pieces]
    imports = [f"from {m.dotted} import {', '.join(sorted(piece.name for piece in m.pieces))}" for m in modules]
    standard = sorted({line for piece in pieces for line in piece.imports})
    body = [test for piece in pieces for test in _tests(piece, style, split)]
    if style == UNITTEST:
        head = ["import unittest", *standard]
        cases = "\n\n".join(body)
        title = "".join(word.capitalize() for word in pieces[0].name.split("_"))
        text = f"class {title}Test(unittest.TestCase):\n{cases}\n"
        return "\n".join(head) + "\n\n" + "\n".join(sorted(imports)) + "\n\n\n" + text
    needs_pytest = any(example.outcome.raised for piece in pieces for example in piece.examples)
    head = [*standard]
    parts = ["\n".join(head)] if head else []
    parts += ["import pytest"] if needs_pytest else []
    parts.append("\n".join(sorted(imports)))
    return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(body) + "\n"


def _tests(piece: Piece, style: str, split: bool) -> list[str]:
    name = _test_name(piece)
    if not split:
        return [_function(name, [line for e in piece.examples for line in _lines(e, style)], style)]
    return [
        _function(name if number == 1 else f"{name}_{number}", _lines(example, style), style)
        for number, example in enumerate(piece.examples, start=1)
    ]


def _test_name(piece: Piece) -> str:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in piece.name)
    return f"test_{name.lstrip('_')}"


def _function(name: str, lines: Sequence[str], style: str) -> str:
    if style == UNITTEST:
        return "\n".join([f"    def {name}(self):", *(f"        {line}" for line in lines)])
    return "\n".join([f"def {name}():", *(f"    {line}" for line in lines)])


def _lines(example: Example, style: str) -> list[str]:
    statement = _unittest(example) if style == UNITTEST else _pytest(example)
    return [*example.statements, *statement]


def _pytest(example: Example) -> list[str]:
    outcome, call = example.outcome, example.call
    if outcome.raised:
        return [f"with pytest.raises({outcome.raised}):", f"    {call}"]
    if outcome.value is True:
        return [f"assert {call}"]
    if outcome.value is False:
        return [f"assert not {call}"]
    if outcome.value is None:
        return [f"assert {call} is None"]
    return [f"assert {call} == {outcome.literal}"]


def _unittest(example: Example) -> list[str]:
    outcome, call = example.outcome, example.call
    if outcome.raised:
        return [f"with self.assertRaises({outcome.raised}):", f"    {call}"]
    if outcome.value is True:
        return [f"self.assertTrue({call})"]
    if outcome.value is False:
        return [f"self.assertFalse({call})"]
    if outcome.value is None:
        return [f"self.assertIsNone({call})"]
    return [f"self.assertEqual({call}, {outcome.literal})"]
