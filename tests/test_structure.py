"""The house rules that a machine can hold: who may import whom, how long a file may get, what start-up loads."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("agent", "tools", "sandbox", "model_runtime", "prompts", "evals")
MAY_IMPORT = {
    "sandbox": set(),
    "model_runtime": set(),
    "prompts": set(),
    "tools": {"sandbox"},
    "agent": {"tools", "sandbox", "model_runtime", "prompts"},
    "evals": {"agent", "tools", "sandbox", "model_runtime", "prompts"},
}
HEAVY = ("docker", "git", "httpx", "torch", "sglang", "ray", "requests", "pydantic")


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def rooms_imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        yield from (name.split(".")[0] for name in names if name.split(".")[0] in ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_dependencies_point_one_way(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = {
        (str(source.relative_to(ROOT)), other)
        for source in sources(room)
        for other in rooms_imported(source)
        if other not in allowed
    }
    assert not wrong


def test_no_file_is_two_rooms() -> None:
    long = [
        str(source.relative_to(ROOT))
        for room in (*ROOMS, "tests", "demo")
        for source in sources(room)
        if len(source.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert not long


def test_no_two_modules_of_the_tests_have_one_name() -> None:
    """Folders of tests are no packages: whichever is imported first would be taken for the other."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py"))
    shared = {name for name, count in names.items() if count > 1}
    assert shared <= {"conftest.py", "__init__.py"}


def test_help_loads_nothing_heavy() -> None:
    probe = (
        "import sys, agent.cli.app\n"
        "try: agent.cli.app.app(['--help'], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
