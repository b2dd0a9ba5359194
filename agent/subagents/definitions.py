"""Kinds of agents that the user, or a trusted project, describes: one markdown file each, in `agents/`.

---
name: reviewer
description: reads a change and names what is wrong with it
steps: 30
seconds: 600
sandbox: own
---
Read the diff first. Name the file and the line of everything that …
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.inside import OutsideTree, read_inside
from agent.knowledge.found import files_named
from agent.knowledge.front_matter import split_front_matter
from sandbox.workspace.repository import Repository

PROJECT_FOLDER = ".mimosa/agents"
LARGEST = 64_000  # bytes
LONGEST_LINE = 300
Where = Literal["same", "own"]


@dataclass(frozen=True)
class AgentKind:
    """`steps` and `seconds` are None for the settings'. `sandbox`: "same" works on the conversation's own files;
    "own" on a copy of them, whose changes come back at the end if they fit."""

    name: str
    description: str
    instructions: str
    steps: int | None = None
    seconds: int | None = None
    sandbox: Where = "same"


def user_kinds(own: Path) -> tuple[tuple[AgentKind, ...], tuple[str, ...]]:
    """Those in `own`/agents, and what is to be told of those that cannot be used."""
    folder = own / "agents"
    return _read((folder.resolve(), file.name, str(file)) for file in sorted(folder.glob("*.md")))


def project_kinds(repository: Repository) -> tuple[tuple[AgentKind, ...], tuple[str, ...]]:
    """The repository's, and what is to be told. Raises RepositoryError."""
    paths = files_named(repository, [f"{PROJECT_FOLDER}/*.md"])
    return _read((repository.root, path, path) for path in paths)


def named(kinds: Sequence[AgentKind]) -> dict[str, AgentKind]:
    """By name; of two with one name the first counts."""
    found: dict[str, AgentKind] = {}
    for kind in kinds:
        found.setdefault(kind.name, kind)
    return found


def _read(files: Iterable[tuple[Path, str, str]]) -> tuple[tuple[AgentKind, ...], tuple[str, ...]]:
    """Of (root, path below it, path as shown)."""
    kinds, notes = [], []
    for root, path, shown in files:
        try:
            kinds.append(_kind(read_inside(root, path, LARGEST).text, Path(path).stem))
        except (OSError, OutsideTree, ValueError) as error:
            notes.append(f"the agent {shown} is not offered: {error}")
    return tuple(kinds), tuple(notes)


def _kind(text: str, stem: str) -> AgentKind:
    """Raises ValueError if the file does not say what the agent is for, or says nonsense."""
    head = split_front_matter(text)
    description = " ".join(head.fields.get("description", "").split())
    if not description:
        raise ValueError("it has no description between two lines ---")
    where = head.fields.get("sandbox", "same")
    if where not in ("same", "own"):
        raise ValueError(f"sandbox is same or own, not {where!r}")
    return AgentKind(
        name=(head.fields.get("name") or stem).strip()[:64],
        description=description[:LONGEST_LINE],
        instructions=head.body.strip(),
        steps=_number(head.fields, "steps"),
        seconds=_number(head.fields, "seconds"),
        sandbox="own" if where == "own" else "same",
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    if name not in fields:
        return None
    value = fields[name]
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"{name} is a whole number from 1, not {value!r}")
    return int(value)
