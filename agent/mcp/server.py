"""One connection to an MCP server, kept by a task of its own: whatever the server does, only that task
waits."""

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeVar

from agent.config.named_settings import ServerSettings

if TYPE_CHECKING:
    from mcp.client import Client, Transport
    from mcp_types import CallToolResult, Prompt, Resource, Tool

State = Literal["starting", "ready", "failed", "ended"]
T = TypeVar("T")

MOST_PAGES = 20
"""Of a list that a server gives in pages: a paginator that never ends must not hang the start."""
CLOSE_S = 5.0


class ServerFailed(Exception):
    """A request could not be answered; the text says which server and why."""


@dataclass(frozen=True)
class Offer:
    """What a server brings."""

    tools: tuple["Tool", ...] = ()
    resources: tuple["Resource", ...] = ()
    prompts: tuple["Prompt", ...] = ()


class McpServer:
    """`settings` have their variables filled in. A program is started in `folder`; what it prints on its
    standard error goes to the file `log`. `state` and `problem` say how it stands."""

    def __init__(self, name: str, settings: ServerSettings, folder: Path, log: Path) -> None:
        self.name = name
        self.settings = settings
        self.state: State = "starting"
        self.problem = ""
        self.offer = Offer()
        self.log = log
        self._folder = folder
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._closing = asyncio.Event()

    async def start(self, timeout: float) -> None:
        """Return when it is ready, when it has failed, or after `timeout` seconds, when it counts as failed."""
        await asyncio.to_thread(importlib.import_module, "mcp.client")  # seconds that are not the server's
        self.state, self.problem = "starting", ""
        self._settled.clear()
        self._closing.clear()
        self._task = asyncio.create_task(self._serve())
        try:
            await asyncio.wait_for(self._settled.wait(), timeout)
        except TimeoutError:
            self._fail(f"it did not answer within {timeout:g} s")
            self._task.cancel()  # it ends by itself, which may take seconds that nobody waits for

    async def call(self, tool: str, arguments: dict[str, Any], watch: Callable[[str], None]) -> "CallToolResult":
        """Call a tool; `watch` receives its progress. How long it may take is for the caller to bound. Raises
        ServerFailed."""

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            of = f" of {total:g}" if total else ""
            watch(f"{message or 'progress'} {progress:g}{of}\n")

        return await self.ask(lambda client: client.call_tool(tool, arguments, progress_callback=tell))

    async def ask(self, question: Callable[["Client"], Awaitable[T]]) -> T:
        """Ask the client something. Raises ServerFailed."""
        if self._client is None:
            raise ServerFailed(f"The server {self.name} is not there: {self.problem or 'it has ended'}.")
        try:
            return await question(self._client)
        except (asyncio.CancelledError, TimeoutError):
            raise
        except Exception as error:  # broad: the package raises many kinds, and a server may answer anything
            raise ServerFailed(f"The server {self.name} failed: {reason(error)}") from error

    async def close(self) -> None:
        """End it, within CLOSE_S seconds. Safe to call twice."""
        self._closing.set()
        if self._task is None or self._task.done():
            return
        await asyncio.wait([self._task], timeout=CLOSE_S)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSE_S)

    def last_words(self) -> str:
        """The last line that the program printed on its standard error."""
        with contextlib.suppress(OSError):
            lines = self.log.read_bytes()[-2000:].decode("utf-8", "replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""

    async def _serve(self) -> None:
        try:
            async with self._connected() as client:
                self.offer = await _offer(client)
                self._client, self.state = client, "ready"
                self._settled.set()
                await self._closing.wait()
        except Exception as error:  # broad: see `ask`; a group of errors is one of them
            self._fail(reason(error))
        finally:
            self._client = None
            if self.state == "ready":
                self.state = "ended"
            self._settled.set()

    def _fail(self, problem: str) -> None:
        if self.state == "failed":
            return
        words = self.last_words()
        self.state, self.problem = "failed", f"{problem} (it said: {words})" if words else problem

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator["Client", None]:
        from mcp.client import Client

        async with AsyncExitStack() as stack:
            transport = await self._transport(stack)
            yield await stack.enter_async_context(Client(transport, cache=None))

    async def _transport(self, stack: AsyncExitStack) -> "Transport":
        settings = self.settings
        if settings.url:
            import httpx2
            from mcp.client.streamable_http import streamable_http_client

            timeout = httpx2.Timeout(30.0, read=None)  # whoever calls a tool says how long it may take
            client = httpx2.AsyncClient(headers=dict(settings.headers), timeout=timeout)
            return streamable_http_client(settings.url, http_client=await stack.enter_async_context(client))
        from mcp.client.stdio import StdioServerParameters, stdio_client

        parameters = StdioServerParameters(
            command=settings.command,
            args=list(settings.args),
            env=dict(settings.env),
            cwd=self._folder,
            encoding_error_handler="replace",
        )
        return stdio_client(parameters, stack.enter_context(self._open_log()))

    def _open_log(self) -> TextIO:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")


async def _offer(client: "Client") -> Offer:
    can = client.server_capabilities
    tools = [tool async for tool in _pages(client.list_tools, "tools")] if can.tools else []
    resources = [item async for item in _pages(client.list_resources, "resources")] if can.resources else []
    prompts = [prompt async for prompt in _pages(client.list_prompts, "prompts")] if can.prompts else []
    return Offer(tuple(tools), tuple(resources), tuple(prompts))


async def _pages(ask: Callable[..., Awaitable[Any]], field: str) -> AsyncGenerator[Any, None]:
    cursor = None
    for _ in range(MOST_PAGES):
        page = await ask(cursor=cursor)
        for item in getattr(page, field):
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return


def reason(error: BaseException) -> str:
    """The innermost error in words: the package wraps errors in groups of one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    words = str(error).strip()
    return words if words and not isinstance(error, KeyError) else f"{type(error).__name__} {words}".strip()
