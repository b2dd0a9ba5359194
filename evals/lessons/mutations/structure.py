"""What is swapped, or not there at all: arguments, returns, the case of an empty input."""

import ast
from collections.abc import Iterator

from evals.lessons.mutations.base import Code, Mutant

SIMPLE = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant)
"""Operands that can change places without parentheses."""


def swapped_arguments(code: Code) -> Iterator[Mutant]:
    """Two arguments of a call, or the operands of a minus, division or comparison, in the wrong order."""
    kind = "swapped arguments"
    for node in code.nodes():
        match node:
            case ast.Call(args=[first, second, *_]):
                yield _swapped(code, first, second)
            case ast.BinOp(op=ast.Sub() | ast.Div() | ast.FloorDiv() | ast.Mod(), left=left, right=right):
                if isinstance(left, SIMPLE) and isinstance(right, SIMPLE):
                    yield _swapped(code, left, right)
            case ast.Tuple(elts=[first, second], ctx=ast.Load()):
                yield _swapped(code, first, second)
            case ast.Call(args=[single], func=ast.Attribute(value=ast.Constant() | ast.Name() as owner)) if (
                isinstance(single, ast.Name)
            ):
                yield code.put(kind, code.start(owner), code.end(single), _exchanged(code, owner, single))


def _exchanged(code: Code, first: ast.expr, second: ast.expr) -> str:
    between = code.text[code.end(first) : code.start(second)]
    return code.of(second) + between + code.of(first)


def _swapped(code: Code, first: ast.expr, second: ast.expr) -> Mutant:
    return code.put("swapped arguments", code.start(first), code.end(second), _exchanged(code, first, second))


def missing_return(code: Code) -> Iterator[Mutant]:
    """A value that is worked out and not returned; one level too deep; or a line that is not there."""
    kind = "missing return"
    for function in code.functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None and node.lineno == node.end_lineno:
                start = code.start(node)
                yield code.put(kind, start, code.start(node.value), "")
                if node is function.body[-1] and isinstance(function.body[-2], ast.For | ast.While):
                    yield code.put(kind, start, start, "    ")
        last = function.body[-1]
        if isinstance(last, ast.Return) and len(function.body) > 2:
            yield code.put(kind, code.line_start(last) - 1, code.end(last), "")


def missing_case(code: Code) -> Iterator[Mutant]:
    """A guard at the beginning of a function that is not there: for an empty input, for a bound."""
    for function in code.functions:
        for statement in function.body[:-1]:
            if isinstance(statement, ast.If) and not statement.orelse and _leaves(statement.body[-1]):
                start = code.line_start(statement)
                yield code.put("missing edge case", start, code.end(statement) + 1, "")


def _leaves(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return | ast.Raise | ast.Continue)
