"""The commands that the expert uses, and what they print."""

import posixpath
import re
import shlex
from collections.abc import Mapping
from random import Random

from evals.lessons.imitation.modules import NotImitated, imported
from evals.lessons.imitation.pytest_runs import run_pytest
from evals.lessons.imitation.unittest_runs import run_unittest
from sandbox.base import CommandResult, Watch

WORKSPACE = "/workspace"
LOOKED_UP = re.compile(r"^p=(.*); rest=$", re.MULTILINE)
"""How `tools.paths` asks where a path leads."""


class Imitation:
    """As much of a `Sandbox` as `bash` and `str_replace` need for a lesson. Nothing takes any time."""

    workspace = WORKSPACE

    def __init__(self, contents: Mapping[str, str], rng: Random) -> None:
        self._files = dict(contents)
        self._rng = rng

    @property
    def files(self) -> dict[str, str]:
        """As they are by now."""
        return dict(self._files)

    async def run(
        self,
        command: str,
        *,
        timeout: float = 120.0,  # noqa: ARG002
        background_after: float | None = None,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> CommandResult:
        output, exit_code = self._answer(command)
        return CommandResult(exit_code, output, len(output.encode()), "", None, 0.0)

    async def read(self, path: str) -> bytes:
        return self._files[path.removeprefix(f"{WORKSPACE}/")].encode()

    async def write(self, path: str, data: bytes) -> None:
        self._files[path.removeprefix(f"{WORKSPACE}/")] = data.decode()

    def _answer(self, command: str) -> tuple[str, int]:
        if looked_up := LOOKED_UP.search(command):
            return self._located(shlex.split(looked_up.group(1))[0]), 0
        command, _, end = command.partition(" 2>&1 | tail -n ")
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise NotImitated(f"The imitation cannot part {command!r}: {error}.") from error
        output, exit_code = self._plain(words)
        if end:
            return "".join(output.splitlines(keepends=True)[-int(end) :]), 0
        return output, exit_code

    def _plain(self, words: list[str]) -> tuple[str, int]:
        match words:
            case ["cat", path]:
                if (inside := path.removeprefix("./")) in self._files:
                    return self._files[inside], 0
                return f"cat: {path}: No such file or directory\n", 1
            case ["grep", "-rn", text, "."]:
                return self._grepped(text)
            case ["find", ".", "-name", name]:
                found = [path for path in self._files if posixpath.basename(path) == name]
                return "".join(f"./{path}\n" for path in found), 0
            case ["ls"]:
                names = sorted({path.split("/")[0] for path in self._files})
                return "".join(f"{name}\n" for name in names if not name.startswith(".")), 0
            case ["python3", "-m", "pytest", "-q", "-x", "--tb=short"]:
                with imported(self._files):
                    return run_pytest(self._files, self._rng)
            case ["python3", "-m", "unittest", "discover", "-q", "-f"]:
                with imported(self._files):
                    return run_unittest(self._files, self._rng)
        raise NotImitated(f"The imitation has no {shlex.join(words)!r}.")

    def _grepped(self, text: str) -> tuple[str, int]:
        """`text` is taken as it stands. Files come in no order that could be known: more than one is refused."""
        found = [
            f"./{path}:{number}:{line}\n"
            for path, content in self._files.items()
            for number, line in enumerate(content.splitlines(), start=1)
            if text in line
        ]
        if len({line.split(":")[0] for line in found}) > 1:
            raise NotImitated(f"{text!r} is in more than one file, and their order is the disk's.")
        return "".join(found), 0 if found else 1

    def _located(self, path: str) -> str:
        inside = path.removeprefix(f"{WORKSPACE}/")
        return f"{WORKSPACE}\n{path}\n\n{len(self._files[inside].encode())}\n"
