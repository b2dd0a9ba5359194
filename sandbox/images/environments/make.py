"""Repositories that know one thing: which target of their Makefile runs the tests."""

from sandbox.images.environments.base import Environment
from sandbox.images.environments.tree import Tree

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
TARGETS = ("test", "tests", "check")


def find(tree: Tree) -> Environment | None:
    """A Makefile with a target for tests. It is read, not run: make executes code even when it only prints."""
    makefile = next((name for name in MAKEFILES if tree.has(name)), None)
    if makefile is None:
        return None
    known = _targets(tree.text(makefile))
    target = next((name for name in TARGETS if name in known), None)
    if target is None:
        return None
    return Environment(why=f"Make, from {makefile}: tests with make {target}", test_command=f"make {target}")


def _targets(text: str) -> set[str]:
    """The targets of explicit rules: words before a colon that is not part of an assignment."""
    found: set[str] = set()
    for line in text.splitlines():
        names, colon, rest = line.partition(":")
        if colon and not line[0].isspace() and not rest.startswith((":=", "=")) and "=" not in names:
            found.update(names.split())
    return found
