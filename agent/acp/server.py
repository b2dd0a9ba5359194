"""The agent's side of the protocol: sessions that an editor opens, prompts and cancels."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from acp import PROTOCOL_VERSION, RequestError
from acp.helpers import ContentBlock
from acp.interfaces import Client
from acp.schema import (
    AgentCapabilities,
    CloseSessionResponse,
    ForkSessionResponse,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    McpCapabilities,
    NewSessionResponse,
    PromptCapabilities,
    PromptResponse,
    ResumeSessionResponse,
    SessionCapabilities,
    SessionCloseCapabilities,
    SessionForkCapabilities,
    SessionInfo,
    SessionListCapabilities,
    SessionMode,
    SessionModeState,
    SessionResumeCapabilities,
    SetSessionModeResponse,
    StopReason,
)

from agent.acp.deliver import offer
from agent.acp.open import Session, open_session
from agent.acp.prompt import words_of
from agent.acp.servers import servers_of
from agent.conversation.finding import open_here
from agent.errors import MIMOSA_ERRORS
from agent.events import TurnEnded
from agent.permission.base import MODES, Mode
from agent.store import SessionStore
from sandbox.workspace.repository import open_repository

MODE_WORDS: dict[Mode, str] = {
    "read-only": "Nothing is changed, and nothing reaches out",
    "ask": "What changes files or reaches out is asked for",
    "auto": "Inside the sandbox everything goes",
}
STOPS: dict[str, StopReason] = {
    "finished": "end_turn",
    "answered": "end_turn",
    "limit": "max_turn_requests",
    "interrupted": "cancelled",
}


class MimosaAgent:
    """Speaks for Mimosa. The methods are those of `acp.interfaces.Agent`; their parameters are the protocol's."""

    def __init__(
        self, store: SessionStore, environment: Mapping[str, str] = os.environ, flags: Mapping[str, object] = {}
    ) -> None:
        self._store = store
        self._environment = environment
        self._flags = flags
        self._client: Client | None = None
        self._sessions: dict[str, Session] = {}

    def on_connect(self, conn: Client) -> None:
        self._client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> InitializeResponse:
        return InitializeResponse(
            protocol_version=min(protocol_version, PROTOCOL_VERSION),
            agent_info=Implementation(name="mimosa", title="Mimosa", version=version("mimosa-coder")),
            agent_capabilities=AgentCapabilities(
                load_session=True,
                mcp_capabilities=McpCapabilities(http=True),
                prompt_capabilities=PromptCapabilities(embedded_context=True),
                session_capabilities=SessionCapabilities(
                    list=SessionListCapabilities(),
                    resume=SessionResumeCapabilities(),
                    fork=SessionForkCapabilities(),
                    close=SessionCloseCapabilities(),
                ),
            ),
        )

    async def new_session(
        self, cwd: str, mcp_servers: Sequence[object] | None = None, **_: Any
    ) -> NewSessionResponse:
        session = await self._open(cwd, servers=mcp_servers)
        return NewSessionResponse(session_id=session.id, modes=modes_of(session))

    async def load_session(
        self, cwd: str, session_id: str, mcp_servers: Sequence[object] | None = None, **_: Any
    ) -> LoadSessionResponse:
        """Open a session of before, and tell the editor all that was said in it."""
        session = await self._open(cwd, session_id, servers=mcp_servers)
        async with aclosing(session.earlier()) as updates:
            async for update in updates:
                await self._connected.session_update(session.id, update)
        return LoadSessionResponse(modes=modes_of(session))

    async def resume_session(
        self, session_id: str, cwd: str, mcp_servers: Sequence[object] | None = None, **_: Any
    ) -> ResumeSessionResponse:
        return ResumeSessionResponse(modes=modes_of(await self._open(cwd, session_id, servers=mcp_servers)))

    async def fork_session(
        self, session_id: str, cwd: str, mcp_servers: Sequence[object] | None = None, **_: Any
    ) -> ForkSessionResponse:
        session = await self._open(cwd, session_id, fork=True, servers=mcp_servers)
        return ForkSessionResponse(session_id=session.id, modes=modes_of(session))

    async def list_sessions(self, cwd: str | None = None, **_: Any) -> ListSessionsResponse:
        """Those that can be opened; of one repository where the editor names one."""
        return ListSessionsResponse(
            sessions=[
                SessionInfo(
                    session_id=summary.id,
                    cwd=summary.repository,
                    title=" ".join(summary.task.split())[:80] or None,
                    updated_at=datetime.fromtimestamp(summary.last, UTC).isoformat(),
                )
                for summary in open_here(self._store, told(lambda: open_repository(Path(cwd)).root))
            ]
            if cwd
            else []
        )

    async def set_session_mode(self, mode_id: str, session_id: str, **_: Any) -> SetSessionModeResponse:
        mode = next((mode for mode in MODES if mode == mode_id), None)
        if mode is None:
            raise RequestError.invalid_params({"modeId": f"{mode_id!r} is none of {', '.join(MODES)}"})
        self._session(session_id).conversation.permissions.mode = mode
        return SetSessionModeResponse()

    async def prompt(self, prompt: list[ContentBlock], session_id: str, **_: Any) -> PromptResponse:
        """One turn. An error ends it with a JSON-RPC error that says what happened; the session can go on."""
        session = self._session(session_id)
        ended = None
        try:
            async with aclosing(session.conversation.say(words_of(prompt, session.repository))) as events:
                async for event in events:
                    for update in session.updates.of(event):
                        await self._connected.session_update(session_id, update)
                    if isinstance(event, TurnEnded):
                        ended = event
            if ended and ended.reason != "interrupted":
                offered = offer(session.conversation.files, session.view, self._connected, session_id)
                async with aclosing(offered) as updates:
                    async for update in updates:
                        await self._connected.session_update(session_id, update)
        except MIMOSA_ERRORS as error:
            raise failed(error) from error
        assert ended is not None, "a turn that raises nothing has ended"
        return PromptResponse(stop_reason=STOPS[ended.reason])

    async def cancel(self, session_id: str, **_: Any) -> None:
        """End the turn; its prompt is then answered with `cancelled`."""
        if session := self._sessions.get(session_id):
            await session.conversation.interrupt()

    async def close_session(self, session_id: str, **_: Any) -> CloseSessionResponse:
        await self._session(session_id).conversation.close()
        del self._sessions[session_id]
        return CloseSessionResponse()

    async def close(self) -> None:
        """End every session in order: the editor has gone."""
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.conversation.close()

    async def _open(
        self, cwd: str, session_id: str = "", *, fork: bool = False, servers: Sequence[object] | None = None
    ) -> Session:
        if session_id in self._sessions and not fork:
            return self._sessions[session_id]
        try:
            session = await open_session(
                Path(cwd),
                self._connected,
                self._store,
                self._environment,
                self._flags,
                session_id=session_id,
                fork=fork,
                servers=servers_of(servers or ()),
            )
        except MIMOSA_ERRORS as error:
            raise failed(error) from error
        self._sessions[session.id] = session
        return session

    def _session(self, session_id: str) -> Session:
        try:
            return self._sessions[session_id]
        except KeyError:
            raise RequestError.invalid_params({"sessionId": f"no open session is called {session_id!r}"}) from None

    @property
    def _connected(self) -> Client:
        assert self._client is not None, "on_connect comes before any request"
        return self._client


def modes_of(session: Session) -> SessionModeState:
    return SessionModeState(
        current_mode_id=session.conversation.permissions.mode,
        available_modes=[SessionMode(id=mode, name=mode, description=MODE_WORDS[mode]) for mode in MODES],
    )


def told(work: Callable[[], Path]) -> Path:
    """What `work` gives; an error of Mimosa's as one of the protocol's."""
    try:
        return work()
    except MIMOSA_ERRORS as error:
        raise failed(error) from error


def failed(error: Exception) -> RequestError:
    return RequestError(-32603, str(error), {"exitCode": getattr(error, "exit_code", 1)})
