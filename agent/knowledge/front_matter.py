"""The head of a markdown file between two lines `---`: `key: value`, as skills, agents and commands have it.

The small part of YAML that such heads use: plain and quoted values, and text over several lines (`>` and `|`, or
simply indented). Anything else in it, such as a list, is passed over.
"""

import json
from dataclasses import dataclass

FENCE = "---"


@dataclass(frozen=True)
class FrontMatter:
    """`fields` by lower-case name; `body` is the text below the head."""

    fields: dict[str, str]
    body: str


def split_front_matter(text: str) -> FrontMatter:
    """A text without a head, or whose head has no end, is all body."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        return FrontMatter({}, text)
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        return FrontMatter({}, text)
    return FrontMatter(_fields(lines[1:end]), "\n".join(lines[end + 1 :]).strip("\n"))


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while at < len(lines):
        name, colon, rest = lines[at].partition(":")
        at += 1
        if not colon or name != name.strip() or not name or name.startswith("#"):
            continue
        block = []
        while at < len(lines) and (not lines[at].strip() or lines[at][0] in " \t"):
            block.append(lines[at].strip())
            at += 1
        fields[name.lower()] = _value(rest.strip(), block)
    return fields


def _value(first: str, block: list[str]) -> str:
    if first[:1] == "|":
        return "\n".join(block).strip()
    if first[:1] == ">":
        first = ""
    return _unquoted(" ".join(part for part in (first, *block) if part))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    if len(value) >= 2 and value[0] == value[-1] == '"':
        try:
            return str(json.loads(value))
        except ValueError:
            return value[1:-1]
    return value
