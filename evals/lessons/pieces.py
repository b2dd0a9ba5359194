"""A template made concrete: names drawn anew, another docstring, other numbers."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from evals.lessons.evaluation import Outcome, evaluate, is_literal
from evals.lessons.templates import Template
from evals.lessons.time_limit import Hung
from evals.lessons.words import Words

KEPT_NAME, KEPT_VARIABLE = 0.3, 0.45
"""How often a function, a variable keeps the name that it has in the template."""


DOCSTRING = "THE_DOCSTRING"
BROKEN = ("NameError", "AttributeError", "TypeError", "UnboundLocalError")


@dataclass(frozen=True)
class Example:
    """A call, after the statements that lead to it, and what it should come to."""

    statements: tuple[str, ...]
    call: str
    outcome: Outcome

    @property
    def source(self) -> str:
        return "; ".join([*self.statements, self.call])


@dataclass(frozen=True)
class Piece:
    """A function or a class of a module, as it should be. `spare` are examples that its package does not test."""

    template: str
    name: str
    docstring: str
    code: str
    examples: tuple[Example, ...]
    imports: tuple[str, ...] = ()
    spare: tuple[Example, ...] = ()

    @property
    def is_class(self) -> bool:
        return self.code.startswith("class ")


def make_piece(template: Template, words: Words, rng: Random) -> Piece | None:
    """None where the names that were drawn do not go together."""
    docstring = rng.choice(template.docstrings)
    code = template.code.replace(template.docstrings[0], DOCSTRING, 1)
    for number, others in template.choices:
        other, exact = rng.choice(others), rf"(?<![\w.]){re.escape(number)}(?![\w.])"
        code, docstring = re.sub(exact, other, code), re.sub(exact, other, docstring)
    own = template.names[0]
    name = _new_name(template, words, rng)
    renamed = _Renaming(_new_names(template, words, rng))
    whole = renamed.and_also(own, name)
    docstring = renamed.of(docstring)
    code = whole.of(code).replace(DOCSTRING, docstring)
    examples = [whole.of(example) for example in template.examples]
    try:
        outcomes = evaluate(template.imports, code, examples)
    except (Hung, SyntaxError):
        return None
    if any(outcome.raised in BROKEN for outcome in outcomes):
        return None
    made = tuple(
        Example(tuple(example.split("; ")[:-1]), example.split("; ")[-1], outcome)
        for example, outcome in zip(examples, outcomes, strict=True)
        if is_literal(outcome)
    )
    return Piece(own, name, docstring, code, made, template.imports) if made else None


@dataclass(frozen=True)
class _Names:
    """New names for old ones: of variables, and of what follows a dot (attributes and methods)."""

    variables: Mapping[str, str]
    members: Mapping[str, str]


class _Renaming:
    def __init__(self, names: _Names) -> None:
        self._names = names

    def and_also(self, old: str, new: str) -> "_Renaming":
        return _Renaming(_Names({**self._names.variables, old: new}, self._names.members))

    def of(self, text: str) -> str:
        text = _substituted(r"(?<![\w.])", self._names.variables, text)
        return _substituted(r"(?:(?<=\.)|(?<=def ))", self._names.members, text)


def _substituted(before: str, names: Mapping[str, str], text: str) -> str:
    if not names:
        return text
    pattern = rf"{before}(?:{'|'.join(map(re.escape, names))})(?!\w)"
    return re.sub(pattern, lambda found: names[found.group()], text)


def _new_names(template: Template, words: Words, rng: Random) -> _Names:
    """A new name for about half of the names that the template defines, all different."""
    variables, members = _defined(template.code)
    taken = set(re.findall(r"\w+", template.code))

    def renamed(names: list[str]) -> dict[str, str]:
        fresh = {}
        for name in names:
            if rng.random() >= KEPT_VARIABLE:
                fresh[name] = _unused(words, taken)
        return fresh

    return _Names(renamed(variables), renamed(members))


def _unused(words: Words, taken: set[str]) -> str:
    while (name := words.identifier()) in taken:
        pass
    taken.add(name)
    return name


def _new_name(template: Template, words: Words, rng: Random) -> str:
    if template.is_class:
        return rng.choice(template.names) if rng.random() < KEPT_NAME else words.class_name()
    name = rng.choice(template.names)
    drawn = rng.random()
    if drawn < KEPT_NAME:
        return name
    if drawn < 0.75:
        return f"{name}_{words.word()}" if rng.random() < 0.7 else f"{words.word()}_{name}"
    return f"{words.word()}_{words.word()}"


def _defined(code: str) -> tuple[list[str], list[str]]:
    """Parameters and local variables; attributes and methods."""
    variables: dict[str, None] = {}
    members: dict[str, None] = {}
    tree = ast.parse(code)
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name) if name != "self":
                variables[name] = None
            case ast.Name(id=name, ctx=ast.Store()) if name != "_":
                variables[name] = None
            case ast.FunctionDef(name=name) if node is not tree.body[0] and not name.startswith("__"):
                members[name] = None
            case ast.Attribute(attr=name, ctx=ast.Store(), value=ast.Name(id="self")):
                members[name] = None
    return list(variables), list(members)
