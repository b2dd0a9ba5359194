"""The commands that start a plan: typed, so that whoever launches them need not parse text."""

import shlex
from dataclasses import dataclass, replace
from typing import Self

SERVER = "sglang.launch_server"
ROUTER = "sglang_router.launch_router"


@dataclass(frozen=True)
class Flag:
    """One flag and why it is there. value: None for a switch. rest: further values of a list."""

    name: str
    value: str | None
    why: str
    rest: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return (self.name, *(() if self.value is None else (self.value,)), *self.rest)


@dataclass(frozen=True)
class LaunchCommand:
    """One process to start on one machine. node: which machine, from 0. replica: which replica, None for the
    router. port: where it listens; the nodes after a replica's first serve no requests themselves."""

    module: str
    flags: tuple[Flag, ...]
    node: int
    replica: int | None
    port: int

    def argv(self, python: str = "python") -> tuple[str, ...]:
        """The words to execute; `python` is the interpreter that has SGLang."""
        return (python, "-m", self.module, *(word for flag in self.flags for word in flag.words))

    def with_port(self, port: int) -> Self:
        """The same, listening on another port."""
        flags = tuple(replace(flag, value=str(port)) if flag.name == "--port" else flag for flag in self.flags)
        return replace(self, flags=flags, port=port)

    def text(self, python: str = "python") -> str:
        """For a shell, one flag a line."""
        head = shlex.join((python, "-m", self.module))
        return " \\\n    ".join((head, *(shlex.join(flag.words) for flag in self.flags)))
