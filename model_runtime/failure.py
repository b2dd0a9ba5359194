"""What an answer that is no reply means: try again, compact, or tell the user."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from model_runtime.errors import ContextOverflow, ModelError, ModelRefused
from model_runtime.reply import Json
from model_runtime.retry import AttemptFailed
from model_runtime.text import shorten

OVERFLOW = re.compile(
    r"longer than the model's context length"  # SGLang
    r"|maximum context length"  # SGLang, vLLM, OpenAI, DeepSeek, Mistral
    r"|context_length_exceeded"  # OpenAI's code
    r"|longer than the maximum model length"  # vLLM
    r"|exceeds? the (?:maximum allowed|available context|model's context|context) (?:length|size|window)"
    r"|exceed_context_size_error"  # llama.cpp's type
    r"|maximum allowed length|prompt is too long|input is too long|context (?:length|window|size) exceeded",
    re.IGNORECASE,
)
RETRIED = (408, 409, 425, 429)
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def failure_of(
    status: int, headers: Mapping[str, str], body: bytes, *, where: str, key: str = ""
) -> AttemptFailed | ModelError:
    """What HTTP `status` with `body` means. `where` is the address; `key` is kept out of the message."""
    text = body.decode("utf-8", "replace")
    page = is_html(headers.get("content-type", ""), text)
    words = "" if page else words_of(text, key)
    if status == 413 or OVERFLOW.search(words):
        return ContextOverflow(f"The conversation is longer than the context of the model at {where}: {words}")
    if "insufficient_quota" in text:
        return ModelRefused(f"{where} refuses: the account has no quota left. {words}")
    if status in RETRIED or status >= 500:
        reason = f"HTTP {status}: {title_of(text) if page else words or 'no reason given'}"
        return AttemptFailed(reason, retry_after_s=retry_after(headers.get("retry-after", "")))
    if status in (401, 403):
        return ModelRefused(
            f"{where} does not let us in (HTTP {status}): {words or title_of(text)}\n"
            "Set MIMOSA_API_KEY to a key that is valid there."
        )
    if 300 <= status < 400:
        target = headers.get("location", "nowhere").partition("?")[0]
        return ModelRefused(f"{where} sends us on to {target}: is that the --base-url you want?")
    if page:
        return web_page(where, text)
    if status == 404:
        return ModelRefused(
            f"{where} answers HTTP 404: {words or 'not found'}\n"
            "Check --base-url (it usually ends in /v1) and the name given with --model."
        )
    return ModelRefused(f"{where} refuses the request (HTTP {status}): {words or 'no reason given'}")


def failure_in_stream(error: object, *, where: str, key: str = "") -> AttemptFailed | ModelError:
    """What an error event within a stream means: `error` is the value of its `error` field, or the event."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return failure_of(status, {}, json.dumps({"error": error}).encode(), where=where, key=key)


def web_page(where: str, text: str) -> ModelRefused:
    return ModelRefused(
        f"{where} answers with a web page ({title_of(text)}), so it is no chat-completions endpoint.\n"
        "Check --base-url (MIMOSA_BASE_URL): a login page, a proxy, or an address that lacks its /v1?"
    )


def is_html(content_type: str, text: str) -> bool:
    return "html" in content_type.lower() or text.lstrip("\ufeff \t\r\n")[:15].lower().startswith(
        ("<!doctype", "<html")
    )


def title_of(text: str) -> str:
    """The title of a web page, or its first words."""
    title = TITLE.search(text)
    words = title.group(1) if title else TAG.sub(" ", text)
    return f'"{shorten(words, 80)}"' if words.strip() else "an empty page"


def words_of(text: str, key: str) -> str:
    """The server's own words about an error, without the key if it repeats that."""
    try:
        words = message_in(json.loads(text))
    except ValueError:
        words = text
    return shorten(words.replace(key, "…") if key else words)


def message_in(body: object) -> str:
    """The message in an error's JSON: SGLang has it at the top, most others under `error`, FastAPI in `detail`."""
    if not isinstance(body, dict):
        return str(body)
    error = body.get("error")
    if isinstance(error, dict):
        return named(error)
    if isinstance(error, str):
        return error
    return named(body)


def named(error: Json) -> str:
    """The message of an error, and its code where that is a word."""
    message = error.get("message") or error.get("detail") or json.dumps(error)
    kinds = [kind for kind in (error.get("code"), error.get("type")) if isinstance(kind, str)]
    return f"{message} ({', '.join(kinds)})" if kinds else str(message)


def retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header: a number, or a date. None if it says nothing that can be read."""
    if not value.strip():
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
