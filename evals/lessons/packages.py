"""A small package: modules of a few functions, its tests, and how they are run."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from evals.lessons.pieces import Piece
from evals.lessons.test_files import PYTEST, UNITTEST, test_file
from evals.lessons.words import Words

RUN_PYTEST = "python3 -m pytest"
LONGEST_MODULE = 1150
"""Characters of a module: the expert reads the whole file, and a session has about 1,000 tokens."""


@dataclass(frozen=True)
class Layout:
    """Where things lie. `modules` and `tests` are folders, with `{package}` for the package's name and `{part}`
    for a part of it; `settings` is the content of pytest.ini. `test_name` has `{module}`."""

    modules: str
    tests: str
    test_name: str = "test_{module}.py"
    settings: str = ""
    test_command: str = RUN_PYTEST


TRAINING = (
    Layout("{package}/", "tests/"),
    Layout("{package}/", "tests/"),
    Layout("{package}/", ""),
    Layout("", ""),
    Layout("", "tests/"),
    Layout("src/{package}/", "tests/", settings="[pytest]\npythonpath = src\n"),
    Layout("{package}/{part}/", "tests/"),
    Layout("{package}/", "", "tests.py", test_command="python3 -m unittest discover"),
    Layout("{package}/", "tests/", "{module}_test.py"),
)
HELD_OUT = (
    Layout("lib/{package}/", "tests/", settings="[pytest]\npythonpath = lib\n"),
    Layout("{package}/", "test/"),
    Layout("{package}/", "{package}/tests/"),
    Layout("src/{package}/{part}/", "tests/", settings="[pytest]\npythonpath = src\n"),
    Layout("{package}/", "tests/"),
    Layout("", ""),
)


@dataclass(frozen=True)
class Module:
    """`path` from the repository's root, `dotted` as it is imported."""

    path: str
    dotted: str
    pieces: tuple[Piece, ...]

    def text(self, replaced: Piece | None = None, code: str = "") -> str:
        """The module's source, with `code` for the piece `replaced`."""
        imports = sorted({line for piece in self.pieces for line in piece.imports})
        head = "\n".join(imports) + "\n\n\n" if imports else ""
        bodies = [code if piece is replaced else piece.code for piece in self.pieces]
        return head + "\n\n\n".join(bodies) + "\n"


@dataclass(frozen=True)
class Package:
    """`style` is that of the tests; `others` are the files that are neither modules nor tests."""

    modules: tuple[Module, ...]
    tests: dict[str, str]
    others: dict[str, str]
    style: str
    test_command: str

    def files(self, replaced: Piece | None = None, code: str = "") -> dict[str, str]:
        """All files by path, with `code` for the piece `replaced`."""
        return {**self.others, **{m.path: m.text(replaced, code) for m in self.modules}, **self.tests}

    def module_of(self, piece: Piece) -> Module:
        return next(module for module in self.modules if piece in module.pieces)


def make_package(pieces: Sequence[Piece], words: Words, rng: Random, *, held_out: bool) -> Package:
    """Put `pieces` into modules. The first is the one that gets a bug."""
    layout = rng.choice(HELD_OUT if held_out else TRAINING)
    one_test_file = "{module}" not in layout.test_name
    groups = _grouped(pieces, rng)
    style = UNITTEST if one_test_file or rng.random() < 0.3 else PYTEST
    package, part = _module_name(words), _module_name(words)
    folder = layout.modules.format(package=package, part=part)
    importable = folder.removeprefix("src/").removeprefix("lib/")
    others = {"pytest.ini": layout.settings} if layout.settings else {}
    if rng.random() < 0.4:
        others["README.md"] = f"# {package}\n\nSmall functions.\n"
    modules = []
    tests: dict[str, str] = {}
    names: set[str] = {package, part}
    for group in groups:
        name = _module_name(words, names)
        names.add(name)
        modules.append(Module(f"{folder}{name}.py", f"{importable.replace('/', '.')}{name}", tuple(group)))
    for depth in range(1, importable.count("/") + 1):
        parents = "/".join(importable.split("/")[:depth])
        others[f"{folder.removesuffix(importable)}{parents}/__init__.py"] = ""
    test_folder = layout.tests.format(package=package)
    if test_folder and (test_folder.startswith(package) or rng.random() < 0.3):
        others[f"{test_folder}__init__.py"] = ""
    if one_test_file:
        tests[test_folder + layout.test_name] = test_file(modules, style, split=rng.random() < 0.4)
    else:
        for module in modules:
            path = test_folder + layout.test_name.format(module=module.path.rsplit("/", 1)[-1].removesuffix(".py"))
            tests[path] = test_file([module], style, split=rng.random() < 0.4)
    return Package(tuple(modules), tests, others, style, layout.test_command)


def _module_name(words: Words, taken: Collection[str] = ()) -> str:
    """None of the standard library's: the test runner would import ours in its place."""
    while (name := words.word()) in taken or name in sys.stdlib_module_names:
        pass
    return name


def _grouped(pieces: Sequence[Piece], rng: Random) -> list[list[Piece]]:
    """The pieces, a module each group; the first piece anywhere in the first."""
    groups: list[list[Piece]] = [[pieces[0]]]
    most = rng.choice((1, 2, 3, 4))
    for piece in pieces[1:]:
        group = groups[-1]
        length = sum(len(other.code) for other in [*group, piece])
        if len(group) >= most or length > LONGEST_MODULE:
            groups.append([piece])
        else:
            group.append(piece)
    for group in groups:
        rng.shuffle(group)
    return groups
