"""One HTTP attempt at one chat request."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_runtime.assemble import Assembler
from model_runtime.base import Delta
from model_runtime.body import Body
from model_runtime.endpoint import CHAT, Endpoint
from model_runtime.errors import ModelRefused
from model_runtime.failure import failure_in_stream, failure_of, is_html, title_of, web_page, words_of
from model_runtime.reply import Json, RawReply, first_choice, whole_reply
from model_runtime.retry import AttemptFailed
from model_runtime.sse import EventDecoder
from model_runtime.text import shorten
from model_runtime.transport import Timeouts, patience, transport_failure

if TYPE_CHECKING:
    import httpx

DONE = "[DONE]"
GIVEN_UP = ("abort", "error")
"""Finish reasons that mean that the server did not finish."""


@dataclass(frozen=True)
class Ended:
    """The server's whole reply, as it came."""

    reply: RawReply
    streamed: bool


class Attempt:
    """One request to one endpoint. `run` raises AttemptFailed where another attempt may help, else ModelError.
    `proven`: it has replied before, so that a web page is some proxy's bad moment and not a wrong address."""

    def __init__(
        self, http: "httpx.AsyncClient", endpoint: Endpoint, timeouts: Timeouts, *, proven: bool = False
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._where = endpoint.shown()
        self._key = endpoint.api_key.strip()
        self._timeouts = timeouts
        self._proven = proven

    async def run(self, body: Body, *, stream: bool) -> AsyncGenerator[Delta | Ended]:
        """Post `body`. A stream yields its deltas first; the last item is always `Ended`. What the server sends
        counts, not what was asked: some never stream, some always do."""
        import httpx

        address = self._endpoint.api_root() + CHAT
        timeout = patience(self._timeouts, self._timeouts.silence_s if stream else self._timeouts.whole_s)
        length = {"Content-Length": str(body.size)}
        try:
            async with self._http.stream(
                "POST", address, content=body, headers=length, timeout=timeout
            ) as response:
                kind = response.headers.get("content-type", "")
                if response.status_code != 200:
                    text = await response.aread()
                    raise failure_of(
                        response.status_code, response.headers, text, where=self._where, key=self._key
                    )
                if "event-stream" not in kind:
                    yield Ended(self._whole(await response.aread(), kind), streamed=False)
                    return
                assembler = Assembler()
                async for chunk in self._chunks(response, assembler):
                    for delta in assembler.feed(chunk):
                        yield delta
                yield Ended(self._finished(assembler.reply()), streamed=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise transport_failure(error, self._where) from error

    async def _chunks(self, response: "httpx.Response", assembler: Assembler) -> AsyncGenerator[Json]:
        """The JSON of each event, up to the end. A connection that breaks after the reply was whole is as good
        as one that ended."""
        import httpx

        decoder = EventDecoder()
        try:
            async for data in response.aiter_bytes():
                for event in decoder.feed(data):
                    if event == DONE:
                        return
                    yield self._chunk(event)
        except httpx.TransportError:
            if not assembler.finish_reason:
                raise
            return
        for event in decoder.end():
            if event != DONE:
                yield self._chunk(event)

    def _chunk(self, event: str) -> Json:
        chunk = parse(event)
        if not isinstance(chunk, dict):
            raise AttemptFailed(f"the stream holds what is no JSON object: {shorten(event, 80)}")
        if chunk.get("error") or chunk.get("object") == "error":
            raise failure_in_stream(chunk.get("error") or chunk, where=self._where, key=self._key)
        return chunk

    def _whole(self, data: bytes, content_type: str) -> RawReply:
        """The reply in an unstreamed answer with status 200."""
        text = data.decode("utf-8", "replace")
        if is_html(content_type, text):
            if self._proven:
                raise AttemptFailed(f"a web page instead of a reply: {title_of(text)}")
            raise web_page(self._where, text)
        body = parse(text)
        if not isinstance(body, dict):
            raise AttemptFailed(f"the answer is no JSON object: {shorten(text, 80) or 'nothing at all'}")
        if body.get("error") or body.get("object") == "error":
            raise failure_in_stream(body.get("error") or body, where=self._where, key=self._key)
        if "choices" not in body:
            raise ModelRefused(
                f"{self._where} answers with JSON that is no chat completion: {words_of(text, self._key)}\n"
                "Check --base-url (MIMOSA_BASE_URL)."
            )
        reply = whole_reply(body)
        if reply is None:
            raise AttemptFailed(f"the answer holds no message: {shorten(json.dumps(first_choice(body)), 80)}")
        return self._finished(reply)

    def _finished(self, reply: RawReply) -> RawReply:
        if not reply.finish_reason:
            raise AttemptFailed("the stream ended before the reply did")
        if reply.finish_reason in GIVEN_UP:
            raise AttemptFailed(f"the server gave the reply up (finish_reason {reply.finish_reason})")
        return reply


def parse(text: str) -> object:
    """`text` as JSON, or None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
