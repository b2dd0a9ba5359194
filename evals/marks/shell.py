"""A bash script as the commands that it runs, read with bash's grammar: what stands in quotes is no command."""

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from evals.marks.base import Write

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

SHELLS = ("bash", "sh", "dash", "zsh")
DEEPEST = 4
"""How many shells deep a script is followed."""


@cache
def _parser() -> "Parser":
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def commands_in(script: str, depth: int = 0) -> tuple[tuple[str, ...], ...]:
    """The simple commands, each as its words without their quotes; those of `bash -c` and `eval` after it."""
    found: list[tuple[str, ...]] = []
    for node in _nodes(_parser().parse(script.encode()).root_node):
        if node.type == "declaration_command":
            found.append(tuple(_text(node).split()))
        if node.type != "command":
            continue
        words = tuple(word for child in node.named_children if (word := _word(child)) is not None)
        if not words:
            continue
        found.append(words)
        inner = _inner(words)
        if inner and depth < DEEPEST:
            found += commands_in(inner, depth + 1)
    return tuple(found)


def writes_in(script: str) -> tuple[Write, ...]:
    """Files that the script writes by redirection, `tee`, `sed -i`, `cp` and `mv`, or removes."""
    writes: list[Write] = []
    for node in _nodes(_parser().parse(script.encode()).root_node):
        if node.type == "redirected_statement":
            writes += _redirected(node)
    for words in commands_in(script):
        writes += _written(words, script)
    return tuple(dict.fromkeys(writes))


def _nodes(node: "Node") -> Iterator["Node"]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _text(node: "Node") -> str:
    return (node.text or b"").decode(errors="replace")


def _word(node: "Node") -> str | None:
    """A word as the command sees it; None for what is no word, such as an assignment before the command."""
    match node.type:
        case "command_name":
            return "".join(_word(child) or "" for child in node.children)
        case "raw_string":
            return _text(node)[1:-1]
        case "string":
            return _text(node)[1:-1].replace('\\"', '"')
        case "concatenation":
            return "".join(_word(child) or "" for child in node.children)
        case "file_redirect" | "heredoc_redirect" | "herestring_redirect" | "variable_assignment":
            return None
        case _:
            return _text(node).replace("\\\n", "").replace("\\", "")


def _inner(words: tuple[str, ...]) -> str:
    """The script that a command runs in another shell."""
    name = PurePosixPath(words[0]).name
    if name == "eval":
        return " ".join(words[1:])
    if name in SHELLS:
        after = [index for index, word in enumerate(words) if word.startswith("-") and word.endswith("c")]
        return words[after[0] + 1] if after and after[0] + 1 < len(words) else ""
    return ""


def _redirected(node: "Node") -> Iterator[Write]:
    targets = [inner for inner in _nodes(node) if inner.type == "file_redirect" and ">" in _text(inner)]
    bodies = [_text(inner) for inner in _nodes(node) if inner.type == "heredoc_body"]
    said = "\n".join(bodies) if bodies else "\n".join(_text(child) for child in node.named_children[:1])
    for target in targets:
        path = _word(target.named_children[-1]) if target.named_children else None
        if path and not path.startswith(("/dev/", "&")):
            yield Write(path, said)


def _written(words: tuple[str, ...], script: str) -> Iterator[Write]:
    name, rest = PurePosixPath(words[0]).name, words[1:]
    plain = [word for word in rest if not word.startswith("-")]
    match name:
        case "tee":
            yield from (Write(path, script) for path in plain)
        case "sed" | "perl" if any(word.startswith("-i") or word == "--in-place" for word in rest):
            yield from (Write(path, "\n".join(plain[:1])) for path in plain[1:])
        case "cp" | "mv" | "ln" if len(plain) >= 2:
            yield Write(plain[-1], script)
            if name == "mv":
                yield from (Write(path, "", deleted=True) for path in plain[:-1])
        case "rm" | "unlink":
            yield from (Write(path, "", deleted=True) for path in plain)
        case "git" if plain[:1] == ["rm"]:
            yield from (Write(path, "", deleted=True) for path in plain[1:])
        case "truncate":
            yield from (Write(path, "", deleted=True) for path in plain)
        case _:
            return
