"""Numbers one off, other variables, constants, methods, defaults, exceptions."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from evals.lessons.mutations.base import Code, Mutant

EXCEPTIONS = ("ValueError", "KeyError", "TypeError", "IndexError", "RuntimeError")


@cache
def _swaps() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("evals.lessons.mutations").joinpath("swaps.toml").read_text(encoding="utf-8"))


def off_by_one(code: Code) -> Iterator[Mutant]:
    """A bound that is one too small or too large."""
    kind = "off by one"
    for node in code.nodes():
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Constant(value=1)):
                yield code.instead(kind, node, code.of(node.left))
                yield code.instead(kind, node.right, "2")
            case ast.Call(func=ast.Name(id="range"), args=[*bounds]) if bounds:
                stop = bounds[0] if len(bounds) == 1 else bounds[1]
                if isinstance(stop, ast.Name | ast.Call):
                    yield code.instead(kind, stop, f"{code.of(stop)} - 1")
                    yield code.instead(kind, stop, f"{code.of(stop)} + 1")
                if len(bounds) == 2 and isinstance(bounds[0], ast.Constant):
                    yield from _shifted(code, bounds[0])
            case ast.Slice(lower=lower, upper=upper):
                for bound in (lower, upper):
                    if isinstance(bound, ast.Constant):
                        yield from _shifted(code, bound)
                    elif isinstance(bound, ast.Name):
                        yield code.instead(kind, bound, f"{code.of(bound)} + 1")
                        yield code.instead(kind, bound, f"{code.of(bound)} - 1")
            case ast.Subscript(slice=ast.Constant(value=int()) as index):
                yield from _shifted(code, index)
            case ast.AugAssign(value=ast.Constant(value=1) as step):
                yield code.instead(kind, step, "2")
            case ast.Compare(comparators=[ast.Constant(value=int()) as bound]):
                yield from _shifted(code, bound)


def _shifted(code: Code, constant: ast.Constant) -> Iterator[Mutant]:
    if isinstance(constant.value, int) and not isinstance(constant.value, bool):
        for number in (constant.value + 1, constant.value - 1):
            if number >= 0:
                yield code.instead("off by one", constant, str(number))


def variable(code: Code) -> Iterator[Mutant]:
    """Another variable of the same function."""
    for function in code.functions:
        scope = [argument.arg for argument in function.args.args if argument.arg != "self"]
        stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        names = list(dict.fromkeys([*scope, *(n.id for n in stored if n.id != "_")]))
        for node in (n for statement in function.body for n in ast.walk(statement)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                for other in names:
                    if other != node.id:
                        yield code.instead("wrong variable", node, other)


def method_or_constant(code: Code) -> Iterator[Mutant]:
    """Another method, function or constant."""
    kind = "wrong method or constant"
    for node in code.nodes():
        match node:
            case ast.Attribute(attr=name) if name in _swaps()["methods"]:
                end = code.end(node)
                yield code.put(kind, end - len(name), end, _swaps()["methods"][name])
            case ast.Call(func=ast.Name(id=name) as function) if name in _swaps()["functions"]:
                yield code.instead(kind, function, _swaps()["functions"][name])
            case ast.Constant(value=bool() as value):
                yield code.instead(kind, node, str(not value))
            case ast.Constant(value=int() | float() as number):
                for other in {number * 10, number + 1, 0, 1} - {number}:
                    yield code.instead(kind, node, str(other))
            case ast.Constant(value=str() as text) if len(text) <= 2 and code.of(node)[0] in "\"'":
                for sign in ("", " ", "-", ",", "_", ":") if not text.isalnum() else ():
                    if sign != text:
                        yield code.instead(kind, node, f'"{sign}"')


def default(code: Code) -> Iterator[Mutant]:
    """Another default of a parameter, or of `get`."""
    kind = "wrong default"
    for function in code.functions:
        for value in function.args.defaults:
            yield from _other_default(code, value)
    for node in code.nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if len(node.args) == 2:
                yield from _other_default(code, node.args[1])
                yield code.put(kind, code.end(node.args[0]), code.end(node.args[1]), "")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from _other_default(code, node.value)


def _other_default(code: Code, value: ast.expr) -> Iterator[Mutant]:
    if not isinstance(value, ast.Constant):
        return
    for other in _other_constants(value.value):
        yield code.instead("wrong default", value, other)


def _other_constants(value: object) -> tuple[str, ...]:
    match value:
        case bool():
            return (str(not value),)
        case int() | float():
            return tuple(str(other) for other in (value + 1, value * 10, 0, 1) if other != value)
        case None:
            return ("0", '""')
        case str():
            return tuple(f'"{other}"' for other in ("", " ", "-", ",") if other != value)
    return ()


def exception(code: Code) -> Iterator[Mutant]:
    """Another exception raised or caught."""
    for node in ast.walk(code.tree):
        named = None
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            named = node.exc.func
        elif isinstance(node, ast.ExceptHandler):
            named = node.type
        if isinstance(named, ast.Name):
            for other in EXCEPTIONS:
                if other != named.id:
                    yield code.instead("wrong exception", named, other)
