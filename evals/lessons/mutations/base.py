"""What a mutation is: a stretch of the code replaced by another text."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Mutant:
    """`kind` is one of the kinds of the model's card; `code` the whole code with the bug in it."""

    kind: str
    code: str


Mutation = Callable[["Code"], Iterator[Mutant]]
"""All mutants of one kind that some code has."""


class Code:
    """A function or class, with its syntax tree, and what stands where. ASCII only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        lengths = [len(line) + 1 for line in text.split("\n")]
        self._starts = [0, *accumulate(lengths)]
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes below the functions' bodies, docstrings left out."""
        for function in self.functions:
            for statement in function.body:
                if not _is_docstring(statement):
                    yield from ast.walk(statement)

    def start(self, node: ast.expr | ast.stmt | ast.ExceptHandler) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.ExceptHandler) -> int:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.expr | ast.stmt) -> str:
        return self.text[self.start(node) : self.end(node)]

    def line_start(self, node: ast.stmt) -> int:
        return self._starts[node.lineno - 1]

    def put(self, kind: str, start: int, end: int, text: str) -> Mutant:
        return Mutant(kind, self.text[:start] + text + self.text[end:])

    def instead(self, kind: str, node: ast.expr | ast.stmt, text: str) -> Mutant:
        return self.put(kind, self.start(node), self.end(node), text)

    def between(self, kind: str, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[Mutant]:
        """Replace the operator `old` that stands between two operands."""
        start, end = self.end(left), self.start(right)
        middle = self.text[start:end]
        if middle.count(old) == 1:
            yield self.put(kind, start, end, middle.replace(old, new))


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
