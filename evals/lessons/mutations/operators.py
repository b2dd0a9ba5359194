"""Comparison and arithmetic operators, and inverted conditions."""

import ast
from collections.abc import Iterator

from evals.lessons.mutations.base import Code, Mutant

COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">", ">=")),
    ast.LtE: ("<=", ("<", ">", ">=")),
    ast.Gt: (">", (">=", "<", "<=")),
    ast.GtE: (">=", (">", "<", "<=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, tuple[str, ...]]] = {
    ast.Add: ("+", ("-", "*")),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("+", "/")),
    ast.Div: ("/", ("*", "//")),
    ast.FloorDiv: ("//", ("/", "%")),
    ast.Mod: ("%", ("//",)),
    ast.Pow: ("**", ("*",)),
}


def comparison(code: Code) -> Iterator[Mutant]:
    """Another operator in a comparison."""
    for node in code.nodes():
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for index, operator in enumerate(node.ops):
                old, others = COMPARISONS[type(operator)]
                for new in others:
                    yield from code.between("comparison", operands[index], operands[index + 1], old, new)


def arithmetic(code: Code) -> Iterator[Mutant]:
    """Another arithmetic operator, in an expression or an assignment."""
    for node in code.nodes():
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            old, others = ARITHMETIC[type(node.op)]
            for new in others:
                yield from code.between("arithmetic", node.left, node.right, old, new)
        elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
            old, others = ARITHMETIC[type(node.op)]
            for new in others[:1]:
                yield from code.between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")


def condition(code: Code) -> Iterator[Mutant]:
    """A condition that is true where it should be false, and `and` for `or`."""
    kind = "inverted condition"
    for node in code.nodes():
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield from _inverted(code, node.test)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield from _inverted(code, test)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield code.instead(kind, node, code.of(node.operand))
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from code.between(kind, left, right, old, new)


def _inverted(code: Code, test: ast.expr) -> Iterator[Mutant]:
    if isinstance(test, ast.Name | ast.Call | ast.Attribute | ast.Subscript):
        yield code.instead("inverted condition", test, f"not {code.of(test)}")
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        old, others = COMPARISONS[type(test.ops[0])]
        opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(old, others[0])
        yield from code.between("inverted condition", test.left, test.comparators[0], old, opposite)
