"""Reads a server over HTTP, as far as it lets itself be read."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from model_runtime.endpoint import Endpoint, is_version
from model_runtime.metrics import sglang, vllm
from model_runtime.metrics.base import Reading, ServerFacts
from model_runtime.metrics.exposition import Samples, samples_in
from model_runtime.transport import open_http

if TYPE_CHECKING:
    import httpx

PATIENCE_S = 5.0
LOADS, METRICS, INFO = "/v1/loads", "/metrics", "/server_info"


class MetricsReader:
    """Reads the server of one endpoint; belongs to one event loop. A route that the server does not have is asked
    for once. It raises nothing: figures are never worth the work that they are about."""

    def __init__(self, endpoint: Endpoint, *, patience_s: float = PATIENCE_S) -> None:
        """Raises ModelRefused if the address or the key cannot be used."""
        endpoint.headers()  # a key that cannot be sent is told here, not at the first reading
        self._endpoint = endpoint
        self._root = server_root(endpoint)
        self._patience_s = patience_s
        self._missing: set[str] = set()
        self._http: httpx.AsyncClient | None = None

    async def read(self) -> Reading | None:
        """None if it does not answer, or tells nothing of itself."""
        loads = await self._json(LOADS)
        text = await self._text(METRICS)
        samples: Samples = samples_in(text) if text is not None else {}
        now = time.time()
        return sglang.reading_of(now, loads, samples) or vllm.reading_of(now, samples)

    async def facts(self) -> ServerFacts | None:
        """What it was started with; None if it does not tell."""
        info = await self._json(INFO)
        return sglang.facts_of(info) if info is not None else None

    async def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _json(self, path: str) -> Mapping[str, object] | None:
        answer = await self._get(path)
        if answer is None:
            return None
        try:
            found = answer.json()
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    async def _text(self, path: str) -> str | None:
        answer = await self._get(path)
        return answer.text if answer is not None else None

    async def _get(self, path: str) -> "httpx.Response | None":
        import httpx

        if path in self._missing:
            return None
        try:
            answer = await self._client().get(self._root + path, timeout=self._patience_s)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None  # Away, or too busy: the next reading tells.
        if answer.status_code == 200:
            return answer
        if 400 <= answer.status_code < 500:
            self._missing.add(path)
        return None

    def _client(self) -> "httpx.AsyncClient":
        if self._http is None:
            self._http = open_http(self._endpoint)
        return self._http


def server_root(endpoint: Endpoint) -> str:
    """Where the server's own routes are: the API's root without its version."""
    root = endpoint.api_root()
    head, _, last = root.rpartition("/")
    return head if is_version(last) else root
