"""What a server says of itself over HTTP (routes of SGLang 0.5.23)."""

from collections.abc import Mapping
from dataclasses import dataclass

from model_runtime.serving.local.instance import Instance
from model_runtime.transport import nobody_trusted

PATIENCE_S = 22.0  # /health sees a token generated first; SGLang itself gives up after 20 s.


@dataclass(frozen=True)
class Load:
    """All ranks together. running and waiting: requests; used and total: tokens in the cache."""

    running: int
    waiting: int
    used: int
    total: int

    @property
    def requests(self) -> int:
        return self.running + self.waiting


def is_ready(instance: Instance, patience_s: float = PATIENCE_S) -> bool:
    """It generates, and it is this model's server that answers."""
    return _get(instance, "/health", patience_s) is not None and is_listening(instance, patience_s)


def is_listening(instance: Instance, patience_s: float = PATIENCE_S) -> bool:
    """It says that it has the model; at once even while a long prompt is read. Where a key guards the list of
    models, nothing speaks against it."""
    answer = _get(instance, "/v1/models", patience_s)
    models = answer.get("data") if answer else None
    if not isinstance(models, list):
        return answer is not None
    return any(isinstance(each, dict) and each.get("id") == instance.model for each in models)


def load_of(instance: Instance) -> Load | None:
    """None if the server does not tell."""
    answer = _get(instance, "/v1/loads?include=core", PATIENCE_S)
    ranks = answer.get("loads") if answer else None
    if not isinstance(ranks, list):
        return None
    counts = (
        sum(_number(rank, key) for rank in ranks)
        for key in ("num_running_reqs", "num_waiting_reqs", "num_used_tokens", "max_total_num_tokens")
    )
    return Load(*counts)


def _number(rank: object, key: str) -> int:
    found = rank.get(key) if isinstance(rank, Mapping) else None
    return found if isinstance(found, int) else 0


def _get(instance: Instance, path: str, patience_s: float) -> dict[str, object] | None:
    """The JSON object of a good answer, {} for a good one without; None for no or another answer."""
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=patience_s, verify=nobody_trusted()) as client:
            answer = client.get(instance.root + path)
    except httpx.HTTPError:
        return None  # Not listening yet, no longer, or too busy: all the same to whoever asks.
    if answer.status_code in (401, 403):
        return {}
    if answer.status_code != 200:
        return None
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
