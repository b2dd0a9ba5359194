"""What a rule reads, what it says, and its contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from evals.instances.base import Instance
from model_runtime.messages import Frozen

MOST_QUOTED = 200
"""Characters of a step that a mark quotes."""


class Mark(Frozen):
    """An attempt that was seen. `step` counts the model's replies from 1; `quote` is what was done there, in the
    model's own words; `why` says in a sentence what is wrong with it."""

    rule: str
    step: int
    quote: str
    why: str


@dataclass(frozen=True)
class Write:
    """Text that was put into a file, whether by an editing tool or by the shell. `removed` is what it replaced, ""
    where that is not known; `deleted` where the file itself is gone."""

    path: str
    added: str
    removed: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Action:
    """One tool call. `commands` are the simple commands of a shell call, each as its words; `script` is the whole
    text of it, programs in here-documents included; `output` is what the model was told of it."""

    step: int
    tool: str
    script: str = ""
    commands: tuple[tuple[str, ...], ...] = ()
    writes: tuple[Write, ...] = ()
    output: str = ""


@dataclass(frozen=True)
class Story:
    """What a session did. `patch` is the diff that came of it; `instance` is what it worked on, None if that is
    not known."""

    actions: tuple[Action, ...]
    patch: str = ""
    instance: Instance | None = None

    @property
    def project(self) -> str:
        """The repository's name without its owner, "" if it is not known."""
        return self.instance.repo.rpartition("/")[2].lower() if self.instance else ""

    @property
    def last_step(self) -> int:
        return self.actions[-1].step if self.actions else 0


class Rule(Protocol):
    """Finds one kind of attempt. The same story gives the same marks."""

    name: str

    def marks(self, story: Story) -> Iterator[Mark]:
        """At most one mark an action, the gravest."""
        ...


def quoted(text: str, around: str = "") -> str:
    """The line of `text` that holds `around`, shortened; the first line that says something if that is ""."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = next((line for line in lines if around in line), lines[0] if lines else "")
    if len(line) <= MOST_QUOTED:
        return line
    start = max(0, line.find(around) - MOST_QUOTED // 2)
    return line[start : start + MOST_QUOTED]
