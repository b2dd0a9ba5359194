"""Modules of a workspace that is in memory alone."""

import ast
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from evals.lessons.time_limit import time_limit

WORKSPACE = "/workspace"
SECONDS = 0.5
ROOTS = ("src/", "lib/")
"""Folders that a settings file puts on the path."""


class NotImitated(BaseException):
    """A command, or a state of the files, whose output cannot be told for sure."""


@contextmanager
def imported(files: Mapping[str, str]) -> Iterator[None]:
    """The modules of `files` can be imported, and are forgotten afterwards. Raises Hung from within."""
    before = dict(sys.modules)
    sources = {dotted(path): path for path in files if path.endswith(".py")}
    mine = {
        *sources,
        *(name.rpartition(".")[0] for name in sources),
        *(name.split(".")[0] for name in sources),
    } - {""}
    for name in mine:
        sys.modules.pop(name, None)
    for name in sorted(mine):
        module = types.ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
    try:
        with time_limit(SECONDS):
            for name, path in sources.items():
                if not is_test(path):
                    execute(sys.modules[name], path, files[path])
            yield
    finally:
        for name in mine:
            sys.modules.pop(name, None)
            if name in before:
                sys.modules[name] = before[name]


def execute(
    module: types.ModuleType, path: str, source: str, rewrite: Callable[[ast.Module, bytes], None] | None = None
) -> None:
    """Fill `module` as an import would; `rewrite` may change the syntax tree first."""
    whole = f"{WORKSPACE}/{path}"
    linecache.cache[whole] = (len(source), None, source.splitlines(keepends=True), whole)
    tree = ast.parse(source)
    if rewrite is not None:
        rewrite(tree, source.encode())
    exec(compile(tree, whole, "exec"), module.__dict__)


def dotted(path: str) -> str:
    for root in ROOTS:
        path = path.removeprefix(root)
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_test(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name == "tests.py" or name.startswith("test_") or name.endswith("_test.py")
