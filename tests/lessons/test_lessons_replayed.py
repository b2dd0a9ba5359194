"""What lessons say that commands print is what a real sandbox prints, byte for byte but for measured times."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from tools.bash.tool import BashSettings, BashTool
from tools.str_replace.tool import StrReplaceTool
from tools.toolbox import Toolbox

pytestmark = pytest.mark.docker

COUNT = 8
MEASURED = re.compile(r"\b\d+\.\d+s\b|, \d+ s(?=\]$)")
"""A runner's own time, and that of a command which took more than five seconds on a busy machine."""


@pytest.fixture(scope="module")
def lessons(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Made in a process of their own: it imports the pytest of the image, and not this one's."""
    out = tmp_path_factory.mktemp("lessons") / "lessons.jsonl"
    words = ["--count", str(COUNT), "--seed", "31", "--processes", "1", "--image", base_image, "--out", str(out)]
    subprocess.run([sys.executable, "-m", "evals.lessons", *words], check=True, cwd=Path(__file__).parents[2])
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.mark.timeout(300)
async def test_every_answer_of_a_tool_is_that_of_the_sandbox(
    lessons: list[dict[str, Any]], base_image: str
) -> None:
    sandbox = DockerSandbox(DockerOptions(base_image))
    await sandbox.start()
    try:
        await sandbox.run("export PYTHONDONTWRITEBYTECODE=1")
        toolbox = Toolbox((BashTool(BashSettings()), StrReplaceTool()), sandbox)
        for lesson in lessons:
            await sandbox.run("cd /workspace && find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -r {} +")
            for path, text in lesson["files"].items():
                await sandbox.write(path, text.encode())
            for call, answer in calls_of(lesson):
                result = await toolbox.call(call["name"], call["arguments"], lambda _text: None)
                assert timeless(answer) == timeless(result.content), (lesson["seed"], call)
    finally:
        await sandbox.close()


def calls_of(lesson: dict[str, Any]) -> list[tuple[dict[str, str], str]]:
    """Each call but `finish`, with the answer that the lesson has for it."""
    pairs = zip(lesson["messages"], lesson["messages"][1:], strict=False)
    calls = [
        (said["tool_calls"][0]["function"], answer["content"]) for said, answer in pairs if "tool_calls" in said
    ]
    return [(call, answer) for call, answer in calls if call["name"] != "finish"]


def timeless(text: str) -> str:
    return MEASURED.sub("", text)
