"""Asks an endpoint and hands on what it answers, as it came: the chat client would have put it right."""

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_runtime.attempt import Attempt, Ended
from model_runtime.base import ChatRequest, Sampling, ServerInfo, ToolSchema
from model_runtime.endpoint import Endpoint
from model_runtime.messages import Message, UserMessage
from model_runtime.metrics.base import Reading, ServerFacts
from model_runtime.metrics.reader import MetricsReader
from model_runtime.profiles import Profile, match_profile
from model_runtime.reply import RawReply
from model_runtime.retry import RetryPolicy
from model_runtime.served import choose, list_models
from model_runtime.transport import Timeouts, open_http
from model_runtime.wire import BodyWriter

if TYPE_CHECKING:
    import httpx

MOST_TOKENS = 4096
"""Of one reply. A thought about a small sum is shorter."""

PATIENCE = Timeouts(silence_s=120.0, whole_s=300.0)
AT_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True)
class Answer:
    """What was asked, and the server's reply to it."""

    request: ChatRequest
    reply: RawReply
    profile: Profile


class Asker:
    """One endpoint. `meet` comes first; belongs to one event loop. Nothing is tried twice."""

    def __init__(self, endpoint: Endpoint, profile: Profile | None = None, timeouts: Timeouts = PATIENCE) -> None:
        """Without a profile, the one that matches the served model's name. Raises ModelRefused if the address or
        the key cannot be used."""
        endpoint.headers()
        self._endpoint = endpoint
        self._given = profile
        self._timeouts = timeouts
        self._http: httpx.AsyncClient = open_http(endpoint)
        self._meter = MetricsReader(endpoint)
        self._info: ServerInfo | None = None
        self._profile = profile or Profile(name="generic")
        self.facts: ServerFacts | None = None

    @property
    def where(self) -> str:
        return self._endpoint.shown()

    @property
    def info(self) -> ServerInfo:
        """What `meet` learned."""
        assert self._info is not None, "meet comes first"
        return self._info

    @property
    def profile(self) -> Profile:
        return self._profile

    async def meet(self) -> None:
        """Ask what is served, and what the server was started with. Raises ModelError."""
        cards = await list_models(self._http, self._endpoint, AT_ONCE, self._timeouts)
        card = choose(cards, self._endpoint)
        self._profile = self._given or match_profile(card.model)
        length = card.context_length or self._profile.context_length
        self._info = ServerInfo(card.model, length, card.owned_by, self._profile.name)
        self.facts = await self._meter.facts()

    async def ask(
        self,
        *messages: Message,
        tools: tuple[ToolSchema, ...] = (),
        thinking: bool | None = None,
        stream: bool = False,
        most: int = MOST_TOKENS,
    ) -> Answer:
        """`thinking` None is as the profile has it; `most`: tokens of the reply. Without chance, so that the same
        server gives the same verdict. Raises ModelError, AttemptFailed."""
        profile = self.profile_with(thinking)
        length = min(most, max(1, self.info.context_length // 4))
        sampling = Sampling(temperature=0.0, top_p=profile.sampling.top_p, max_tokens=length)
        request = ChatRequest(messages, tools, sampling=sampling, stream=stream)
        attempt = Attempt(self._http, self._endpoint, self._timeouts)
        body = BodyWriter(profile).body(request, self._endpoint.model or self.info.model)
        async with aclosing(attempt.run(body, stream=stream)) as answer:
            async for delta in answer:
                if isinstance(delta, Ended):
                    return Answer(request, delta.reply, profile)
        raise AssertionError("an attempt ends with its reply, or raises")

    async def say(self, text: str, *, thinking: bool | None = None) -> Answer:
        """Ask one question."""
        return await self.ask(UserMessage(content=text), thinking=thinking)

    def profile_with(self, thinking: bool | None) -> Profile:
        """The profile with thinking on or off; as it is where the model cannot be told."""
        if thinking is None or self._profile.thinking is None:
            return self._profile
        kwargs = {**self._profile.chat_template_kwargs, "enable_thinking": thinking}
        return self._profile.model_copy(update={"chat_template_kwargs": kwargs})

    async def read(self) -> Reading | None:
        """The server's own figures."""
        return await self._meter.read()

    async def close(self) -> None:
        await self._http.aclose()
        await self._meter.close()
