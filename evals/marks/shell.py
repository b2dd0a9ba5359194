"""A bash script as the commands that it runs, read with bash's grammar: what stands in quotes is no command."""

from collections.abc import Iterator
from functools import cache
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


def read_script(script: str, depth: int = 0) -> tuple[tuple[tuple[str, ...], ...], tuple[Write, ...]]:
    """The simple commands, each as its words without their quotes, those of `bash -c` and `eval` after it; and the
    files that are written by redirection, `tee`, `sed -i`, `cp` and `mv`, or removed."""
    commands: list[tuple[str, ...]] = []
    writes: list[Write] = []
    for node in _nodes(_parser().parse(script.encode()).root_node):
        match node.type:
            case "declaration_command":
                commands.append(tuple(_text(node).split()))
            case "command":
                found = _words(node)
                commands += found
                if found and depth < DEEPEST and (inner := _inner(found[0])):
                    more, written = read_script(inner, depth + 1)
                    commands += more
                    writes += written
            case "redirected_statement":
                writes += _redirected(node)
            case _:
                pass
    writes += [write for words in commands for write in _written(words, script)]
    return tuple(commands), tuple(dict.fromkeys(writes))


def _words(node: "Node") -> list[tuple[str, ...]]:
    """The command as its words; none where it has only assignments."""
    words = tuple(word for child in node.named_children if (word := _word(child)) is not None)
    return [words] if words else []


def _nodes(root: "Node") -> Iterator["Node"]:
    """All nodes, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


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
    name = words[0].rpartition("/")[2]
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
    name, rest = words[0].rpartition("/")[2], words[1:]
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
