"""An editor: the client of the protocol's own package, and what it was told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acp import spawn_agent_process, text_block
from acp.client.connection import ClientSideConnection
from acp.schema import (
    AllowedOutcome,
    DeniedOutcome,
    PermissionOption,
    RequestPermissionResponse,
    ToolCallUpdate,
)
from fix_bench import Mimosa
from model_server import ModelServer


def first(options: list[PermissionOption]) -> str:
    return options[0].option_id


@dataclass
class Editor:
    """Keeps every update. `choose` picks an option's id, None for closing the question."""

    updates: list[Any] = field(default_factory=list)
    asked: list[tuple[ToolCallUpdate, list[PermissionOption]]] = field(default_factory=list)
    choose: Callable[[list[PermissionOption]], str | None] = first
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def on_connect(self, conn: Any) -> None:
        """The connection is held by whoever spawned the agent."""

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        assert session_id
        self.updates.append(update)
        self.news.set()

    async def request_permission(
        self, session_id: str, tool_call: ToolCallUpdate, options: list[PermissionOption], **_: Any
    ) -> RequestPermissionResponse:
        assert session_id
        self.asked.append((tool_call, options))
        chosen = self.choose(options)
        outcome = (
            DeniedOutcome(outcome="cancelled")
            if chosen is None
            else AllowedOutcome(outcome="selected", option_id=chosen)
        )
        return RequestPermissionResponse(outcome=outcome)

    def of(self, kind: str) -> list[Any]:
        return [update for update in self.updates if update.session_update == kind]

    def text(self, kind: str) -> str:
        return "".join(update.content.text for update in self.of(kind))

    async def until(self, kind: str) -> Any:
        """The first update of a kind, once it has come."""
        while not self.of(kind):
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 60)
        return self.of(kind)[0]


@dataclass(frozen=True)
class Desk:
    """An editor, the agent that it started, and the model behind it."""

    agent: ClientSideConnection
    editor: Editor
    server: ModelServer

    def clear(self) -> None:
        self.editor.updates.clear()
        self.editor.asked.clear()
        self.editor.choose = first
        self.server.asked.clear()

    async def open(self, repository: Path, *, mode: str = "", servers: Sequence[Any] = ()) -> str:
        """A new session there; gives its id."""
        session = await self.agent.new_session(cwd=str(repository), mcp_servers=list(servers))
        if mode:
            await self.agent.set_session_mode(session_id=session.session_id, mode_id=mode)
        return session.session_id

    async def prompt(self, session: str, *blocks: Any) -> str:
        """One turn; gives why it stopped."""
        content = [text_block(block) if isinstance(block, str) else block for block in blocks]
        return (await self.agent.prompt(session_id=session, prompt=content)).stop_reason


@asynccontextmanager
async def agent_of(mimosa: Mimosa, editor: Editor) -> AsyncIterator[ClientSideConnection]:
    """`mimosa acp` as an editor starts it."""
    command = mimosa.command("acp", "--sandbox", "local")
    async with spawn_agent_process(
        editor, command[0], *command[1:], env=mimosa.variables(), cwd=str(mimosa.home)
    ) as (agent, process):
        yield agent
        assert process.returncode is None, "it must live until the editor leaves"
