"""What the scripted checkpoint says: good answers to the doctor's questions, one small repair, and the cases."""

import json
from pathlib import Path

from sglang_cases import CASES, call

from model_runtime.doctor.arguments import EXACT, WORD
from model_runtime.doctor.calls import TOOL

ROOT = Path(__file__).parents[2]

BUGGY = "def add(a, b):\n    return a - b\n"
FIXED = BUGGY.replace("-", "+")
TEST = """import unittest

from calc import add


class Addition(unittest.TestCase):
    def test_of_two(self):
        self.assertEqual(add(2, 3), 5)
"""
RUN_TESTS = "python3 -m unittest -q"
ISSUE = "add() subtracts"
SUMMARY = "add() subtracted; it adds now, and the tests pass."


REPAIR = (
    "<think>First I read the code.</think>I look at it." + call("bash", command="cat calc.py test_calc.py"),
    "<think>The sign is wrong.</think>" + call("bash", command=RUN_TESTS),
    "<think>Now the cure.</think>"
    + call("str_replace", path="calc.py", old_str="return a - b", new_str="return a + b"),
    "<think>Does it pass?</think>" + call("bash", command=f"{RUN_TESTS} 2>&1"),
    "<think>Done.</think>" + call("finish", summary=SUMMARY),
)
"""A session's first tool is bash."""

SCENES = {
    "plain": ("Five, of course: 2 + 3 = 5.",),
    "bash": REPAIR,
    TOOL.name: ("<think>The note is easy to copy.</think>" + call(TOOL.name, text=EXACT, word=WORD),),
    **{case.name: (case.says,) * 2 for case in CASES},
}


def write_scenes(file: Path) -> None:
    """For `checkpoint/make.py`; the tokenizer learns Mimosa's own words."""
    texts = [*(ROOT / "prompts").glob("*.md"), *(ROOT / "tools").glob("*/*.md"), *(ROOT / "docs").glob("*.md")]
    corpus = [path.read_text(encoding="utf-8") for path in sorted(texts)]
    file.write_text(json.dumps({"scenes": SCENES, "corpus": corpus}), encoding="utf-8")
