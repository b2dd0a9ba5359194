"""Skills: folders with a SKILL.md that says what they are for; the model reads the text when it wants it."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.inside import OutsideTree, read_inside
from agent.knowledge.found import files_named
from agent.knowledge.front_matter import split_front_matter
from agent.sandbox_file import put
from sandbox.base import Sandbox
from sandbox.workspace.repository import Repository

FILE = "SKILL.md"
PROJECT_FOLDERS = (".mimosa/skills", ".claude/skills", ".agents/skills")
LONGEST_LINE = 300
"""Characters of a skill's description in the head."""
LARGEST_HEAD = 64_000  # bytes of a SKILL.md that are read for its name and description
MOST_FILES, MOST_BYTES = 100, 4_000_000
"""Of one skill of the user's, what is brought into the sandbox."""


@dataclass(frozen=True)
class Skill:
    """`path` is its SKILL.md: below the workspace, or below the sandbox's own folder if it is the user's, whose
    `folder` on this machine is brought there."""

    name: str
    description: str
    path: str
    folder: Path | None = None

    def place(self, sandbox: Sandbox) -> str:
        """Where the model finds it."""
        return f"{sandbox.workspace if self.folder is None else sandbox.home}/{self.path}"


def project_skills(repository: Repository) -> tuple[tuple[Skill, ...], tuple[str, ...]]:
    """The repository's, and what is to be told. Raises RepositoryError."""
    paths = files_named(repository, [f"{folder}/*/{FILE}" for folder in PROJECT_FOLDERS])
    skills, notes = [], []
    for path in paths:
        try:
            skills.append(_skill(repository.root, path, path))
        except (OSError, OutsideTree, ValueError) as error:
            notes.append(f"the skill {path} is not offered: {error}")
    return tuple(skills), tuple(notes)


def user_skills(own: Path, home: Path) -> tuple[tuple[Skill, ...], tuple[str, ...]]:
    """Those in `own`/skills, and in .agents/skills of `home`, which other agents share; and what is to be told."""
    skills: dict[str, Skill] = {}
    notes = []
    for top in (own / "skills", home / ".agents" / "skills"):
        for file in sorted(top.glob(f"*/{FILE}")):
            folder = file.parent
            try:
                skill = _skill(folder.resolve(), FILE, f"skills/{folder.name}/{FILE}", folder.resolve())
            except (OSError, OutsideTree, ValueError) as error:
                notes.append(f"your skill {file} is not offered: {error}")
                continue
            skills.setdefault(folder.name, skill)
    return tuple(skills.values()), tuple(notes)


async def bring_skills(skills: tuple[Skill, ...], sandbox: Sandbox) -> None:
    """Put the user's own skills where the model can read them: at the start of a session, and again when it goes
    on in a new sandbox. Raises SandboxError."""
    for skill in skills:
        if skill.folder is None:
            continue
        top = skill.path.removesuffix(f"/{FILE}")
        for path, data in _files(skill.folder).items():
            await put(sandbox, f"{sandbox.home}/{top}/{path}", data)


def _skill(root: Path, file: str, path: str, folder: Path | None = None) -> Skill:
    """Raises ValueError if the file does not say what the skill is for."""
    head = split_front_matter(read_inside(root, file, LARGEST_HEAD).text).fields
    name = head.get("name") or Path(path).parent.name
    description = " ".join(head.get("description", "").split())
    if not description:
        raise ValueError(f"its {FILE} has no description between two lines ---")
    if len(description) > LONGEST_LINE:
        description = description[: LONGEST_LINE - 1] + "…"
    return Skill(" ".join(name.split())[:64], description, path, folder)


def _files(folder: Path) -> Mapping[str, bytes]:
    """The regular files of a skill, by path below its folder; links and what goes beyond the limits are left."""
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    for path in sorted(folder.rglob("*"), key=lambda path: (path.name != FILE, path)):
        facts = os.lstat(path)
        relative = path.relative_to(folder)
        if not stat.S_ISREG(facts.st_mode) or ".git" in relative.parts or facts.st_size > room:
            continue
        files[str(relative)] = path.read_bytes()
        room -= facts.st_size
        if len(files) >= MOST_FILES:
            break
    return files
