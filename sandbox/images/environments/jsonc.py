"""JSON with comments and trailing commas, as devcontainer.json has them."""

import json

from sandbox.errors import EnvironmentFailed


def parse(text: str, name: str) -> object:
    """The value that `text` holds. Raises EnvironmentFailed with line and column; `name` is the file's."""
    try:
        return json.loads(_without_trailing_commas(_without_comments(text)))
    except json.JSONDecodeError as error:
        raise EnvironmentFailed(
            f"{name} cannot be understood: line {error.lineno}, column {error.colno}: {error.msg}. "
            "Correct it, or say how the repository is set up under [sandbox] in .mimosa/config.toml."
        ) from error


def _without_comments(text: str) -> str:
    """Comments turned into as many spaces, so that lines and columns stay."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == '"':
            end = _end_of_string(text, at)
            kept.append(text[at:end])
        elif text.startswith("//", at):
            end = _found(text, "\n", at)
            kept.append(" " * (end - at))
        elif text.startswith("/*", at):
            end = _found(text, "*/", at + 2) + 2
            kept.append("".join("\n" if letter == "\n" else " " for letter in text[at:end]))
        else:
            end = at + 1
            kept.append(text[at])
        at = end
    return "".join(kept)


def _without_trailing_commas(text: str) -> str:
    """Commas before a closing bracket turned into spaces."""
    kept = list(text)
    comma = None
    at = 0
    while at < len(text):
        if text[at] == '"':
            at, comma = _end_of_string(text, at), None
            continue
        if text[at] in "]}" and comma is not None:
            kept[comma] = " "
        if not text[at].isspace():
            comma = at if text[at] == "," else None
        at += 1
    return "".join(kept)


def _end_of_string(text: str, start: int) -> int:
    """Where the string that begins at `start` is over, its closing quote included."""
    at = start + 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _found(text: str, what: str, start: int) -> int:
    at = text.find(what, start)
    return at if at >= 0 else len(text)
