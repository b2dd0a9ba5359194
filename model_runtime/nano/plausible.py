"""Whether an edit may help, as far as can be known without running anything."""

import ast
import builtins
from dataclasses import dataclass
from difflib import SequenceMatcher
from textwrap import dedent

MOST_LINES = 3
"""That are wrong, in a bug of the kinds that mimosa-nano repairs."""
BUILT_IN = frozenset(dir(builtins))


def may_help(old: bytes, new: bytes) -> bool:
    """Whether it is worth to put `new` in the place of `old`: it changes something, in few lines, and if `old` is
    Python it is, too, with no variable that nobody has set, nothing called that is no function, and the same
    name, parameters and docstring."""
    if not 0 < _changed_lines(old, new) <= MOST_LINES:
        return False
    before, after = _parsed(old), _parsed(new)
    if before is None:
        return True
    if after is None or _promises(before) != _promises(after):
        return False
    had, has = _uses(before), _uses(after)
    return has.called <= had.called | BUILT_IN and has.read <= had.read | had.set | has.set


def normal(code: bytes) -> str:
    """What is the same for code that does the same because it differs in blanks alone."""
    tree = _parsed(code)
    return ast.dump(tree) if tree else code.decode("utf-8", "replace")


def _changed_lines(old: bytes, new: bytes) -> int:
    """Lines taken out or put in, whichever are more."""
    matcher = SequenceMatcher(None, old.split(b"\n"), new.split(b"\n"), autojunk=False)
    changes = [each for each in matcher.get_opcodes() if each[0] != "equal"]
    return max(sum(end - at for _, at, end, _, _ in changes), sum(end - at for *_, at, end in changes))


def _parsed(code: bytes) -> ast.Module | None:
    try:
        return ast.parse(dedent(code.decode()))
    except (SyntaxError, ValueError):
        return None


@dataclass(frozen=True)
class _Uses:
    """Names by what is done with them: called, raised or caught; set; read in any other way."""

    called: frozenset[str]
    set: frozenset[str]
    read: frozenset[str]


def _uses(tree: ast.Module) -> _Uses:
    nodes = list(ast.walk(tree))
    calls = [n.func for n in nodes if isinstance(n, ast.Call)] + [n.exc for n in nodes if isinstance(n, ast.Raise)]
    calls += [n.type for n in nodes if isinstance(n, ast.ExceptHandler)]
    names = [n for n in nodes if isinstance(n, ast.Name)]
    arguments = [n.arg for n in nodes if isinstance(n, ast.arg)]
    return _Uses(
        called=frozenset(n.id for n in names if n in calls),
        set=frozenset([*arguments, *(n.id for n in names if not isinstance(n.ctx, ast.Load))]),
        read=frozenset(n.id for n in names if isinstance(n.ctx, ast.Load) and n not in calls),
    )


def _promises(tree: ast.Module) -> tuple[list[type[ast.stmt]], list[tuple[str, list[str], str | None]]]:
    """What stands outermost, and what each function says that it does: its name, parameters and docstring."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    promised = [
        (each.name, [n.arg for n in ast.walk(each.args) if isinstance(n, ast.arg)], ast.get_docstring(each))
        for each in functions
    ]
    return ([type(each) for each in tree.body] if functions else []), promised
