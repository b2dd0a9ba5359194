"""Indentation that was quoted wrongly in `old_str` is most likely wrong in `new_str` in the same way."""

import re
from collections.abc import Callable
from math import gcd

INDENT = re.compile(r"[ \t]*")

Rule = Callable[[str], str]
"""From the indentation that the call gave to the one that the file has."""


def indent_rule(given: list[str], actual: list[str]) -> Rule | None:
    """The rule that explains how the indentation of every line of `given` became that of the same line of
    `actual`: some blanks put before, some taken away, or another unit (two blanks for four, a tab for four).
    None if no single rule does. Blank lines count for nothing; one side may have
    a blank last line more."""
    pairs = [(indent_of(old), indent_of(new)) for old, new in zip(given, actual, strict=False) if old.strip()]
    if not pairs:
        return None
    old, new = pairs[0]
    candidates = [
        _prepend(new.removesuffix(old)) if new.endswith(old) else None,
        _remove(old.removesuffix(new)) if old.endswith(new) else None,
        _convert(pairs),
    ]
    for rule in candidates:
        if rule is not None and all(rule(before) == after for before, after in pairs):
            return rule
    return None


def reindent(text: str, rule: Rule) -> str:
    """`text` with `rule` applied to the indentation of each line that is not blank."""
    return "\n".join(_reindent_line(line, rule) for line in text.split("\n"))


def indent_of(line: str) -> str:
    found = INDENT.match(line)
    return found.group() if found else ""


def _reindent_line(line: str, rule: Rule) -> str:
    indent = indent_of(line)
    return rule(indent) + line[len(indent) :] if line.strip() else line


def _prepend(blanks: str) -> Rule:
    return lambda indent: blanks + indent


def _remove(blanks: str) -> Rule:
    return lambda indent: indent.removeprefix(blanks) if indent.startswith(blanks) else ""


def _convert(pairs: list[tuple[str, str]]) -> Rule | None:
    """Another unit: each side uses one character for indentation, in a fixed proportion. Blanks for more blanks
    need two levels as evidence: one could be a continuation line that was quoted wrongly."""
    levels = {old for old, _ in pairs if old}
    if len(levels) < 2 and all("\t" not in old + new for old, new in pairs):
        return None
    old_width = gcd(*(len(old) for old, _ in pairs))
    new_width = gcd(*(len(new) for _, new in pairs))
    characters = {character for _, new in pairs for character in new}
    if not old_width or not new_width or len(characters) != 1:
        return None
    unit = characters.pop() * new_width

    def convert(indent: str) -> str:
        depth, rest = divmod(len(indent), old_width)
        return unit * depth + " " * rest

    return convert
