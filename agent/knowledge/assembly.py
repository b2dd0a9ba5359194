"""What joins a conversation of what the project and the user bring: an `Assemble` for `Conversation.open`."""

from collections.abc import Mapping
from pathlib import Path

from agent.config.files import user_file
from agent.conversation.equipment import Extra, Extras, Room
from agent.knowledge.head import instructions_text, skills_text
from agent.knowledge.instructions import Gathered, gather_instructions
from agent.knowledge.skills import Skill, bring_skills, project_skills, user_skills
from agent.permission.base import Effect
from sandbox.workspace.repository import Repository, open_repository
from tools.todo.tool import TodoTool


class Knowledge:
    """Call it once, when a conversation opens; afterwards it says what there is.

        knowledge = Knowledge(os.environ)
        conversation = await Conversation.open(opening, assemble=knowledge)
        knowledge.skills, knowledge.notes …

    `notes` are lines for the user: what of all this is not used, and why.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.instructions = Gathered()
        self.skills: tuple[Skill, ...] = ()
        self.notes: list[str] = []
        self._environment = environment

    async def __call__(self, room: Room) -> Extras:
        """Raises SandboxError."""
        repository = open_repository(room.repository)
        self.notes += room.loaded.notes
        self._read_instructions(room, repository)
        self._find_skills(room, repository)
        await bring_skills(self.skills, room.sandbox)
        head = (instructions_text(self.instructions), skills_text(self.skills, room.sandbox))
        return Extras(head="\n\n".join(filter(None, head)), tools=tuple(self._tools(room)))

    @property
    def own_folder(self) -> Path:
        """Where the user's own instructions, skills, agents and commands are."""
        return user_file(self._environment).parent

    def _read_instructions(self, room: Room, repository: Repository) -> None:
        settings = room.loaded.settings.knowledge
        self.instructions = gather_instructions(
            repository, self.own_folder, settings.files, settings.kilobytes * 1000
        )
        self.notes += self.instructions.notes

    def _find_skills(self, room: Room, repository: Repository) -> None:
        if not room.loaded.settings.knowledge.skills:
            return
        home = Path(self._environment.get("HOME") or Path.home())
        found = [user_skills(self.own_folder, home)]
        if room.loaded.trusted:
            found.append(project_skills(repository))
        for skills, notes in found:
            self.skills += skills
            self.notes += notes

    def _tools(self, room: Room) -> list[Extra]:
        settings = room.loaded.settings.tools
        return [Extra(TodoTool(), Effect.READS)] if settings.todo else []
