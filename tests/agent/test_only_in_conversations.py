"""`fix` and `eval` show the model what it was trained on, and nothing else: DESIGN, principle 1."""

import ast
from pathlib import Path

import pytest

from agent.config.settings import SandboxSettings
from agent.equip import toolbox_of
from model_runtime.base import ServerInfo
from sandbox.local import LocalSandbox

ROOT = Path(__file__).parents[2]
OF_CONVERSATIONS = (
    *("agent.knowledge", "agent.hooks", "agent.mcp", "agent.subagents", "agent.plan"),
    *("tools.todo", "tools.plan"),
)


def imported(source: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("room", ["agent/fix", "evals"])
def test_nothing_of_a_conversation_joins(room: str) -> None:
    wrong = {
        f"{source.relative_to(ROOT)}: {name}"
        for source in (ROOT / room).rglob("*.py")
        for name in imported(source)
        if name.startswith(OF_CONVERSATIONS)
    }
    assert not wrong


def test_the_tools_are_the_standard_ones(tmp_path: Path) -> None:
    toolbox = toolbox_of(SandboxSettings(), LocalSandbox(tmp_path / "sandbox"), ServerInfo("any", 8192))
    names = [spec.name for spec in toolbox.specs]
    assert names == ["bash", "job_output", "job_kill", "str_replace", "patch", "finish"]
