"""The HTTP connection to an endpoint, and what its failures mean."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelError, ModelRefused
from model_runtime.retry import AttemptFailed
from model_runtime.text import shorten

if TYPE_CHECKING:
    import ssl

    import httpx


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `silence_s` is how long a stream may say nothing: a long prompt takes minutes to read. `whole_s` is
    how long an unstreamed answer may take, of which nothing is seen before its end."""

    connect_s: float = 10.0
    asking_s: float = 30.0
    silence_s: float = 900.0
    whole_s: float = 3600.0


def open_http(endpoint: Endpoint) -> "httpx.AsyncClient":
    """A connection pool for `endpoint`. The environment's proxies are not asked for the way to this machine."""
    import httpx

    return httpx.AsyncClient(
        headers=endpoint.headers(),
        trust_env=not endpoint.is_loopback(),
        limits=httpx.Limits(max_connections=None),
        verify=authorities() if endpoint.is_encrypted() else nobody_trusted(),
    )


@cache
def authorities() -> "ssl.SSLContext":
    """Who may vouch for a server, SSL_CERT_FILE and SSL_CERT_DIR heeded. Read once: that takes 50 ms, in which no
    key is echoed."""
    import httpx

    return httpx.create_ssl_context()


@cache
def nobody_trusted() -> "ssl.SSLContext":
    """For plain HTTP, where nobody vouches for anything; an encrypted connection with it is refused."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def patience(timeouts: Timeouts, read_s: float) -> "httpx.Timeout":
    import httpx

    return httpx.Timeout(read_s, connect=timeouts.connect_s)


def transport_failure(error: Exception, where: str) -> AttemptFailed | ModelError:
    """What an exception of httpx means."""
    import httpx

    words = shorten(" ".join(dict.fromkeys(causes(error))))
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ModelRefused(f"The base URL {where} cannot be used: {words}.")
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return ModelRefused(
            f"The certificate of {where} is not trusted: {words}\n"
            "If it is your own, name its authority's file in SSL_CERT_FILE."
        )
    if isinstance(error, httpx.ReadTimeout):
        return AttemptFailed("the server was silent for too long", timed_out=True)
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return AttemptFailed(f"no connection ({words or 'timed out'})")
    return AttemptFailed(f"the connection broke ({words or type(error).__name__})")


def causes(error: BaseException | None) -> list[str]:
    """The words of an exception and of what caused it: the operating system's come last."""
    words: list[str] = []
    while error is not None and len(words) < 8:
        words.append(str(error))
        error = error.__cause__ or error.__context__
    return [text for text in words if text]
