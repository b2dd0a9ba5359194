"""What joins a conversation of what the project and the user bring: an `Assemble` for `Conversation.open`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agent.config.files import user_file
from agent.config.named import Named
from agent.config.named_settings import HookSettings
from agent.conversation.equipment import Extra, Extras, Gated, Room, nothing_to_bring_back
from agent.events import SessionStarted
from agent.hooks.hooks import Hooks, Surroundings
from agent.knowledge.head import instructions_text, skills_text
from agent.knowledge.instructions import Gathered, gather_instructions
from agent.knowledge.skills import Skill, bring_skills, project_skills, user_skills
from agent.log import read_log
from agent.mcp.servers import McpServers
from agent.permission.base import Effect
from agent.plan.mode import PlanMode
from agent.rewinding import standing
from agent.subagents.definitions import AgentKind, named, project_kinds, user_kinds
from agent.subagents.tool import NOT_FOR_SUBAGENTS, TaskTool
from agent.subagents.work import Employer
from sandbox.workspace.repository import Repository, open_repository
from tools.base import Tool
from tools.plan.tool import PlanTool
from tools.refused import Refused
from tools.todo.tool import TodoTool


def start_of(folder: Path) -> SessionStarted:
    """The first event of a session that goes on. Raises SessionError."""
    start = read_log(folder)[0].event
    assert isinstance(start, SessionStarted), "read_log checks it"
    return start


class Knowledge:
    """Call it once, when a conversation opens; afterwards it says what there is.

        knowledge = Knowledge(os.environ)
        conversation = await Conversation.open(opening, assemble=knowledge)
        knowledge.skills, knowledge.notes …

    `notes` are lines for the user: what of all this is not used, and why.
    """

    def __init__(self, environment: Mapping[str, str], tell: Callable[[str], None] | None = None) -> None:
        """`tell` gets a line for the user while the conversation goes on: a hook that fails, a server that died.
        Without it such lines join the notes."""
        self.instructions = Gathered()
        self.skills: tuple[Skill, ...] = ()
        self.hooks: tuple[Named[HookSettings], ...] = ()
        self.servers: McpServers | None = None
        self.plan: PlanMode | None = None
        self.agents: dict[str, AgentKind] = {}
        self.task: TaskTool | None = None
        self.notes: list[str] = []
        self._environment = environment
        self._tell = tell or self.notes.append

    async def __call__(self, room: Room) -> Extras:
        """Raises SandboxError."""
        repository = open_repository(room.repository)
        self.notes += room.loaded.notes
        self._read_instructions(room, repository)
        self._find_skills(room, repository)
        await bring_skills(self.skills, room.sandbox)
        head = (instructions_text(self.instructions), skills_text(self.skills, room.sandbox))
        hooks = self._hooks(room)
        self._find_agents(room, repository)
        self.servers = await self._start_servers(room)
        tools = (*self._tools(room), *self._server_tools(room))
        self._employ(room, hooks, tools)
        return Extras(
            head="\n\n".join(filter(None, head)),
            tools=tools,
            gates=(hooks.before,),
            guards=hooks.guards,
            ended=(hooks.ended,),
            rewound=self.plan.bring_back if self.plan else nothing_to_bring_back,
            close=self.servers.close,
        )

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

    def _hooks(self, room: Room) -> Hooks:
        self.hooks = room.loaded.tables.hooks
        return Hooks(self.hooks, Surroundings(room.folder.name, room.repository), self._tell)

    def _find_agents(self, room: Room, repository: Repository) -> None:
        found = [user_kinds(self.own_folder)]
        if room.loaded.trusted:
            found.append(project_kinds(repository))
        self.agents = named([kind for kinds, _ in found for kind in kinds])
        self.notes += [note for _, notes in found for note in notes]

    def _employ(self, room: Room, hooks: Hooks, extras: tuple[Extra, ...]) -> None:
        """What decides on calls here decides on a subagent's calls as well."""
        if self.task is None:
            return
        refused = NOT_FOR_SUBAGENTS
        tools = tuple(
            Refused(extra.tool, refused[extra.tool.name]) if extra.tool.name in refused else extra.tool
            for extra in extras
        )
        approve = Gated((hooks.before,), room.permissions)
        self.task.employer = Employer(room, tools, approve, hooks.guards)

    async def _start_servers(self, room: Room) -> McpServers:
        servers = McpServers(
            room.loaded.tables.servers,
            room.loaded.settings.tools,
            room.repository,
            room.folder,
            self._environment,
        )
        try:
            await servers.start()
        except BaseException:  # cancelled: nobody else knows of them yet
            await servers.close()
            raise
        return servers

    def _server_tools(self, room: Room) -> list[Extra]:
        assert self.servers is not None, "they were started"
        head = start_of(room.folder) if room.resumed else None
        tools = self.servers.tools(head.tools if head else None)
        self.notes += self.servers.notes
        return [Extra(tool, Effect.LEAVES) for tool in tools]

    def _tools(self, room: Room) -> list[Extra]:
        settings = room.loaded.settings.tools
        self.plan = PlanMode(room.permissions)
        if room.resumed:
            self.plan.bring_back(standing([record.event for record in read_log(room.folder)]))
        self.task = TaskTool(self.agents)
        offered: tuple[tuple[bool, Tool], ...] = (
            (settings.todo, TodoTool()),
            (settings.plan, PlanTool(self.plan.present)),
            (settings.task, self.task),
        )
        return [Extra(tool, Effect.READS) for wanted, tool in offered if wanted]
