"""After which calls the files are looked at."""

import json

import pytest

from agent.keeper import only_reads
from model_runtime.messages import ToolCall


@pytest.mark.parametrize(
    ("name", "arguments", "reads"),
    [
        ("bash", {"command": "grep -rn 'def f' src | head -20"}, True),
        ("bash", {"command": "sed -n 1,40p src/app.py"}, True),
        ("bash", {"command": "cat a.py >b.py"}, False),
        ("bash", {"command": "sed -i s/a/b/ src/app.py"}, False),
        ("bash", {"command": "python3 -m pytest -q"}, False),
        ("bash", {"command": "cat $(touch new; echo a.py)"}, False),
        ("str_replace", {"path": "a.py", "old_str": "a", "new_str": "b"}, False),
        ("something_new", {}, False),
    ],
)
def test_only_what_is_known_to_read_leaves_the_files_alone(
    name: str, arguments: dict[str, str], reads: bool
) -> None:
    assert only_reads(ToolCall(id="1", name=name, arguments=json.dumps(arguments))) is reads
