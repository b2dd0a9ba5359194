"""What an endpoint serves: `GET /v1/models`."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelRefused
from model_runtime.failure import failure_of, is_html, web_page
from model_runtime.reply import Json, count, objects, text_of
from model_runtime.retry import AttemptFailed, Attempts, RetryPolicy
from model_runtime.transport import Timeouts, patience, transport_failure

if TYPE_CHECKING:
    import httpx

NO_SUCH_ROUTE = (404, 405, 501)
LENGTHS = ("max_model_len", "context_length", "context_window", "max_context_length")
"""What servers call the context length: SGLang and vLLM, OpenRouter, Groq, Mistral."""
LISTED = 10
"""So many names at most are told in a message."""


@dataclass(frozen=True)
class Card:
    """One served model. `context_length` in tokens, 0 if the server does not say."""

    model: str
    context_length: int = 0
    owned_by: str = ""


async def list_models(
    http: "httpx.AsyncClient", endpoint: Endpoint, policy: RetryPolicy, timeouts: Timeouts
) -> tuple[Card, ...] | None:
    """The served models, or None where the endpoint has no such list. Raises ModelError."""
    attempts = Attempts(policy, endpoint.shown())
    while True:
        try:
            return await ask(http, endpoint, timeouts)
        except AttemptFailed as failure:
            await asyncio.sleep(attempts.after(failure).wait_s)


async def ask(http: "httpx.AsyncClient", endpoint: Endpoint, timeouts: Timeouts) -> tuple[Card, ...] | None:
    import httpx

    where = endpoint.shown()
    try:
        response = await http.get(endpoint.api_root() + "/models", timeout=patience(timeouts, timeouts.asking_s))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise transport_failure(error, where) from error
    page = is_html(response.headers.get("content-type", ""), response.text)
    if response.status_code in NO_SUCH_ROUTE and not page:
        return None
    if response.status_code != 200:
        key = endpoint.api_key.strip()
        raise failure_of(response.status_code, response.headers, response.content, where=where, key=key)
    if page:
        raise web_page(where, response.text)
    return cards_in(response.text)


def cards_in(text: str) -> tuple[Card, ...] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    data = body.get("data") if isinstance(body, dict) else body
    if not isinstance(data, list):
        return None
    return tuple(card_of(item) for item in objects(data) if text_of(item.get("id")))


def card_of(item: Json) -> Card:
    lengths = (count(item.get(key)) for key in LENGTHS)
    return Card(text_of(item.get("id")), next(filter(None, lengths), 0), text_of(item.get("owned_by")))


def choose(cards: Sequence[Card] | None, endpoint: Endpoint) -> Card:
    """The model that was named, or the only one that is served. Raises ModelRefused."""
    where, named = endpoint.shown(), endpoint.model
    if cards is None:
        if named:
            return Card(named)
        raise ModelRefused(f"{where} does not list its models: name one with --model (MIMOSA_MODEL).")
    found = [card for card in cards if card.model == named]
    if found:
        return found[0]
    names = ", ".join(card.model for card in cards[:LISTED]) + (", …" if len(cards) > LISTED else "")
    if named:
        raise ModelRefused(
            f"{where} does not serve {named!r}. It serves: {names or 'nothing'}. Choose with --model."
        )
    if len(cards) == 1:
        return cards[0]
    raise ModelRefused(f"{where} serves {len(cards)} models: {names or 'none'}. Choose one with --model.")
