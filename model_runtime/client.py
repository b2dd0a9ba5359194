"""The chat client: one request in, typed deltas out, one message that may join the history at the end."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_runtime.attempt import Attempt, Ended
from model_runtime.base import ChatRequest, Completed, Delta, Repaired, Retrying, ServerInfo
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelUnavailable
from model_runtime.pieces import deltas
from model_runtime.profiles import Profile, match_profile
from model_runtime.recovery import Recovery, coming_back
from model_runtime.repairs.malformed import StreamMalformed, why_malformed
from model_runtime.repairs.mend import mend
from model_runtime.retry import BRIEF, AttemptFailed, Attempts, RetryPolicy
from model_runtime.served import choose, list_models
from model_runtime.transport import Timeouts, open_http
from model_runtime.wire import BodyWriter

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Limits:
    """How patient the client is: `retry` for chat requests, `asking` for the first question what is served. While
    `recovery` has news the server is coming back, and no attempt is counted."""

    retry: RetryPolicy = RetryPolicy()
    asking: RetryPolicy = BRIEF
    timeouts: Timeouts = Timeouts()
    recovery: Recovery | None = None


class ChatClient:
    """Talks to one endpoint. Belongs to one event loop; several requests may run side by side.

    Without a profile, the one that matches the served model's name is used. With tools a stream is less reliable
    than a whole answer (see `repairs.malformed`), so ask for one only where somebody watches.
    """

    def __init__(
        self, endpoint: Endpoint, profile: Profile | None = None, *, limits: Limits | None = None
    ) -> None:
        """Raises ModelRefused if the address or the key cannot be used; asks nothing yet."""
        endpoint.headers()
        self._where = endpoint.shown()
        self._endpoint = endpoint
        self._profile = profile
        self._limits = limits or Limits()
        self._info: ServerInfo | None = None
        self._proven = False
        self._http: httpx.AsyncClient | None = None
        self._writer: BodyWriter | None = None

    @property
    def name(self) -> str:
        return self._endpoint.model or (self._info.model if self._info else f"the model at {self._where}")

    async def info(self) -> ServerInfo:
        if self._info is None:
            cards = await list_models(self._client(), self._endpoint, self._limits.asking, self._limits.timeouts)
            card = choose(cards, self._endpoint)
            profile = self._profile_for(card.model)
            context_length = card.context_length or profile.context_length
            self._info = ServerInfo(card.model, context_length, card.owned_by, profile.name)
        return self._info

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        model = self._endpoint.model or (await self.info()).model
        profile = self._profile_for(model)
        attempts = Attempts(self._limits.retry, self._where)
        while True:
            try:
                async with aclosing(self._once(request, model, profile)) as stream:
                    async for delta in stream:
                        yield delta
                return
            except StreamMalformed as malformed:
                yield Retrying(f"the streamed reply is malformed: {malformed}", attempts.made + 1, 0.0)
                yield Repaired("reasked_unstreamed", str(malformed))
                request = replace(request, stream=False)
            except AttemptFailed as failure:
                came_back = False
                async for news in coming_back(self._limits.recovery, attempts.made + 1):
                    came_back = True
                    yield news
                if came_back:
                    attempts = Attempts(self._limits.retry, self._where)
                    continue
                retrying = self._after(failure, attempts)
                yield retrying
                await asyncio.sleep(retrying.wait_s)

    async def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _once(self, request: ChatRequest, model: str, profile: Profile) -> AsyncGenerator[Delta]:
        """One attempt. Raises AttemptFailed, StreamMalformed, ModelError."""
        began = time.monotonic()
        self._writer = self._writer or BodyWriter(profile)
        body = self._writer.body(request, model)
        attempt = Attempt(self._client(), self._endpoint, self._limits.timeouts, proven=self._proven)
        async with aclosing(attempt.run(body, stream=request.stream)) as stream:
            async for delta in stream:
                if not isinstance(delta, Ended):
                    yield delta
                    continue
                seconds = time.monotonic() - began
                if delta.streamed and (why := why_malformed(delta.reply, request, profile)):
                    raise StreamMalformed(why)
                mended = mend(delta.reply, request, profile)
                if not delta.streamed:
                    for piece in deltas(mended.message):
                        yield piece
                for repaired in mended.repairs:
                    yield repaired
                self._proven = True
                yield Completed(mended.message, mended.finish_reason, delta.reply.usage, seconds)

    def _after(self, failure: AttemptFailed, attempts: Attempts) -> Retrying:
        """Raises ModelUnavailable when enough was tried, with what is known of the server's end."""
        try:
            return attempts.after(failure)
        except ModelUnavailable as gone:
            why = self._limits.recovery.why_gone() if self._limits.recovery is not None else ""
            raise ModelUnavailable(f"{why}\n{gone}" if why else str(gone)) from failure

    def _profile_for(self, model: str) -> Profile:
        """The profile that was given, or the one that matches, read once."""
        if self._profile is None:
            self._profile = match_profile(model)
        return self._profile

    def _client(self) -> "httpx.AsyncClient":
        if self._http is None:
            self._http = open_http(self._endpoint)
        return self._http
