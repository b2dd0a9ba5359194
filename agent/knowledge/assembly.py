"""What joins a conversation of what the project and the user bring: an `Assemble` for `Conversation.open`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.config.files import user_file
from agent.config.named import Named
from agent.config.named_settings import HookSettings
from agent.conversation.equipment import Extra, Extras, Gated, Room, nothing_to_bring_back
from agent.events import HookFailed, SessionStarted
from agent.hooks.hooks import Hooks, Surroundings
from agent.knowledge.head import instructions_text, skills_text
from agent.knowledge.instructions import Gathered
from agent.knowledge.material import Material, read_material
from agent.knowledge.skills import Skill, bring_skills
from agent.log import read_log
from agent.mcp.resource.tool import ResourceTool
from agent.mcp.servers import McpServers
from agent.mcp.tool import McpTool
from agent.permission.base import Effect
from agent.plan.mode import PlanMode
from agent.rewinding import standing
from agent.subagents.definitions import AgentKind
from agent.subagents.tool import TaskTool
from agent.subagents.work import Employer
from model_runtime.profiles import find_profile
from sandbox.base import Sandbox
from tools.base import Tool
from tools.plan.tool import PlanTool
from tools.todo.tool import TodoTool

NOTHING_JOINS = (
    "{model} is a miniature that repairs small bugs in small Python packages, and nothing else: say what goes "
    "wrong in a sentence or two. It is told of no AGENTS.md, skills or MCP servers. /model names a larger one"
)


def start_of(folder: Path) -> SessionStarted:
    """The first event of a session. Raises SessionError."""
    start = read_log(folder)[0].event
    assert isinstance(start, SessionStarted), "read_log checks it"
    return start


class Knowledge:
    """Call it once, when a conversation opens; afterwards it says what there is.

        knowledge = Knowledge(os.environ)
        conversation = await Conversation.open(opening, assemble=knowledge)
        knowledge.skills, knowledge.notes …

    `notes` are lines for the user: what of all this is not used, and why. `plan` is None where the settings switch
    its tool off.
    """

    def __init__(self, environment: Mapping[str, str], tell: Callable[[str], None] | None = None) -> None:
        """`tell` gets a line for the user while the conversation goes on: a hook that fails, a server that died.
        Without it such lines join the notes."""
        self.hooks: tuple[Named[HookSettings], ...] = ()
        self.servers: McpServers | None = None
        self.plan: PlanMode | None = None
        self.notes: list[str] = []
        self._material = Material()
        self._environment = environment
        self._tell = tell or self.notes.append

    @property
    def instructions(self) -> Gathered:
        return self._material.instructions

    @property
    def skills(self) -> tuple[Skill, ...]:
        return self._material.skills

    @property
    def agents(self) -> tuple[AgentKind, ...]:
        return self._material.agents

    @property
    def own_folder(self) -> Path:
        """Where the user's own instructions, skills, agents and commands are."""
        return user_file(self._environment).parent

    async def __call__(self, room: Room) -> Extras:
        """Raises SandboxError, SessionError and UsageError."""
        self.hooks = room.loaded.tables.hooks
        hooks = Hooks(self.hooks, Surroundings(room.folder.name, room.repository), self._hook_failed(room))
        if find_profile(room.server.profile).has_one_head:
            self.notes.append(NOTHING_JOINS.format(model=room.server.model))
            return Extras(gates=(hooks.before,), guards=hooks.guards, ended=(hooks.ended,))
        self._material = await asyncio.to_thread(read_material, room.repository, room.loaded, self._environment)
        self.notes += self._material.notes
        await bring_skills(self.skills, room.sandbox)
        self.servers = await self._started(room)
        tools = [*self._own_tools(room), *self._server_tools(room, self.servers)]
        if room.loaded.settings.tools.task:
            tools.append(Extra(self._task_tool(room, hooks, tools), Effect.READS))
        head = (instructions_text(self.instructions), skills_text(self.skills, room.sandbox))
        return Extras(
            head="\n\n".join(filter(None, head)),
            tools=tuple(tools),
            gates=(hooks.before,),
            guards=hooks.guards,
            ended=(hooks.ended,),
            rewound=self.plan.bring_back if self.plan else nothing_to_bring_back,
            close=self.servers.close,
        )

    def _hook_failed(self, room: Room) -> Callable[[str, str], None]:
        def told(hook: str, detail: str) -> None:
            room.aside(HookFailed(hook=hook, detail=detail))
            self._tell(detail)

        return told

    def _own_tools(self, room: Room) -> list[Extra]:
        settings = room.loaded.settings.tools
        tools: list[Extra] = []
        if settings.todo:
            tools.append(Extra(TodoTool(), Effect.READS))
        if settings.plan:
            self.plan = PlanMode(room.permissions)
            if room.resumed:
                self.plan.bring_back(standing([record.event for record in read_log(room.folder)]))
            tools.append(Extra(PlanTool(self.plan.present), Effect.READS))
        return tools

    def _task_tool(self, room: Room, hooks: Hooks, extras: Sequence[Extra]) -> TaskTool:
        """What decides on calls here decides on a subagent's calls as well, so to start one changes nothing."""
        approve = Gated((hooks.before,), room.permissions)
        tools = tuple(extra.tool for extra in extras)

        async def furnish(sandbox: Sandbox) -> None:
            await bring_skills(self.skills, sandbox)

        return TaskTool(self.agents, Employer(room, tools, approve, hooks.guards, furnish))

    async def _started(self, room: Room) -> McpServers:
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

    def _server_tools(self, room: Room, servers: McpServers) -> list[Extra]:
        tools = servers.tools(start_of(room.folder).tools if room.resumed else None)
        self.notes += servers.notes
        return [Extra(tool, Effect.ASKS_OUTSIDE if only_reads(tool) else Effect.LEAVES) for tool in tools]


def only_reads(tool: Tool) -> bool:
    """Whether a tool of an MCP server changes nothing, by its server's word: reading goes in plan mode too, after
    the same question as ever."""
    return isinstance(tool, ResourceTool) or (isinstance(tool, McpTool) and tool.only_reads)
