"""Everything that is read for a conversation before its first word."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.config.files import user_file
from agent.config.load import Loaded
from agent.knowledge.instructions import Gathered, gather_instructions
from agent.knowledge.skills import Skill, project_skills, user_skills
from agent.subagents.definitions import AgentKind, named, project_kinds, user_kinds
from agent.trust.look import look
from agent.trust.settle import not_counted
from sandbox.workspace.repository import open_repository


@dataclass(frozen=True)
class Material:
    """`notes` are lines for the user: what is not used, and why."""

    instructions: Gathered = Gathered()
    skills: tuple[Skill, ...] = ()
    agents: tuple[AgentKind, ...] = ()
    notes: tuple[str, ...] = ()


def read_material(root: Path, loaded: Loaded, environment: Mapping[str, str]) -> Material:
    """Read it; it blocks. `root` is the repository's top folder. Raises RepositoryError and UsageError."""
    own, home = user_file(environment).parent, Path(environment.get("HOME") or Path.home())
    settings = loaded.settings.knowledge
    repository = open_repository(root)
    trust_note = "" if loaded.trusted else not_counted(root, look(root, environment))
    instructions = gather_instructions(repository, own, settings.files, settings.kilobytes * 1000)
    skills, agents = [user_skills(own, home)], [user_kinds(own)]
    if loaded.trusted:
        skills.append(project_skills(repository))
        agents.append(project_kinds(repository))
    if not settings.skills:
        skills = []
    return Material(
        instructions=instructions,
        skills=tuple(skill for found, _ in skills for skill in found),
        agents=tuple(named([kind for found, _ in agents for kind in found]).values()),
        notes=(
            *loaded.notes,
            *loaded.tables.notes,
            *filter(None, [trust_note]),
            *instructions.notes,
            *(note for _, notes in skills for note in notes),
            *(note for _, notes in agents for note in notes),
        ),
    )
