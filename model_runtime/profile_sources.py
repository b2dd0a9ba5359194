"""Where the numbers of a profile come from: the comments of its TOML file, beside or above what they are about."""

import re
import tomllib
from collections.abc import Mapping

_TABLE = re.compile(r"\[([\w.-]+)\]")
_KEY = re.compile(r"([\w-]+)\s*=")


def sources_in(text: str) -> Mapping[str, str]:
    """A source for each dotted key (`serve.hidden_size`) and each table (`serve.weights`) that has a comment: on
    its own line, or on the lines right above. `text` must be valid TOML."""
    found: dict[str, str] = {}
    above: list[str] = []
    table = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            above.append(stripped.lstrip("# "))
            continue
        if named := _TABLE.match(stripped):
            table = named[1]
            _note(found, table, " ".join(above))
        elif key := _KEY.match(stripped):
            path = f"{table}.{key[1]}" if table else key[1]
            _note(found, path, _beside(stripped) or " ".join(above))
        above = []
    return found


def source_of(sources: Mapping[str, str], path: str) -> str:
    """The source of a key, or of the nearest table around it that has one; "" if there is none."""
    while path:
        if path in sources:
            return sources[path]
        path = path.rpartition(".")[0]
    return ""


def _note(found: dict[str, str], path: str, words: str) -> None:
    if words:
        found[path] = words


def _beside(line: str) -> str:
    """The comment at the end of a line, "" if there is none: a # may stand in a text too."""
    for place in (match.start() for match in re.finditer("#", line)):
        try:
            tomllib.loads(line[:place])
        except tomllib.TOMLDecodeError:
            continue
        return line[place:].lstrip("# ").strip()
    return ""
