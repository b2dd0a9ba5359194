"""One session that an editor has open."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from acp.interfaces import Client

from agent.acp.calls import CallView
from agent.acp.permission import EditorAsker
from agent.acp.updates import Update, Updates
from agent.config import load_settings
from agent.config.named import Named, NamedTables
from agent.config.named_settings import ServerSettings
from agent.conversation.conversation import Conversation
from agent.conversation.opening import Opening
from agent.knowledge.assembly import Knowledge
from agent.log import read_log
from agent.permission.base import Answer, Asker, PermissionRequest
from agent.store import SessionStore
from agent.trust import settle_trust
from sandbox.workspace.repository import open_repository


@dataclass(frozen=True)
class Session:
    conversation: Conversation
    repository: Path
    view: CallView
    updates: Updates

    @property
    def id(self) -> str:
        return self.conversation.id

    async def earlier(self) -> AsyncGenerator[Update, None]:
        """All that was said and done before, as updates."""
        past = Updates(self.view, self.conversation.standing.context_length, streams=False)
        for record in read_log(self.conversation.folder):
            for update in past.of(record.event):
                yield update


async def open_session(
    folder: Path,
    client: Client,
    store: SessionStore,
    environment: Mapping[str, str],
    flags: Mapping[str, object],
    *,
    session_id: str = "",
    fork: bool = False,
    servers: tuple[Named[ServerSettings], ...] = (),
) -> Session:
    """Open a new session in the repository around `folder`, or the one named. `servers` are the editor's, and come
    before those of the settings. Nobody is asked whether the repository is trusted: `mimosa trust` does that.
    Raises MIMOSA_ERRORS."""
    repository = open_repository(folder).root
    settle_trust(repository, environment, None)
    loaded = load_settings(repository, environment, flags)
    loaded = replace(loaded, tables=NamedTables(servers=servers).over(loaded.tables))
    asker = _LateAsker()
    opening = Opening(folder, loaded, session=session_id, fork=fork, command="acp")
    conversation = await Conversation.open(opening, store, asker=asker, assemble=Knowledge(environment))
    view = CallView(conversation.opened.repository, conversation.opened.sandbox.workspace)
    asker.real = EditorAsker(client, conversation.id, view)
    return Session(
        conversation,
        conversation.opened.repository,
        view,
        Updates(view, conversation.standing.context_length, streams=True),
    )


class _LateAsker:
    """Questions come in turns, and the session's id is known before the first; only the opening needs this."""

    real: Asker | None = None

    async def ask(self, request: PermissionRequest) -> Answer:
        assert self.real is not None, "no call is made while the conversation opens"
        return await self.real.ask(request)
