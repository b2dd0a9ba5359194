"""Where a model is served: the address, the key, the model's name."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from model_runtime.errors import ModelRefused

CHAT = "/chat/completions"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Endpoint:
    """A chat-completions endpoint. `base_url` with or without `/v1`; `model` is a served model's name, or "" for
    the only one there is. The key is never shown."""

    base_url: str
    api_key: str = field(default="", repr=False)
    model: str = ""

    def api_root(self) -> str:
        """The address that `/models` and `/chat/completions` are appended to. Raises ModelRefused."""
        parts = self._parts()
        path = parts.path.rstrip("/").removesuffix(CHAT).rstrip("/")
        if not any(is_version(segment) for segment in path.split("/")):
            path += "/v1"
        return f"{parts.scheme}://{parts.netloc}{path}"

    def shown(self) -> str:
        """The address without user name and password: for messages."""
        parts = self._parts()
        return self.api_root().replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)

    def is_loopback(self) -> bool:
        return self._parts().hostname in LOOPBACK

    def is_encrypted(self) -> bool:
        return self._parts().scheme == "https"

    def headers(self) -> dict[str, str]:
        """Raises ModelRefused if the key cannot be sent; the message does not tell the key."""
        headers = {"Content-Type": "application/json"}
        key = self.api_key.strip()
        if not key:
            return headers
        if not (key.isascii() and key.isprintable()):
            raise ModelRefused(
                "The API key in MIMOSA_API_KEY has characters that no HTTP header can carry: set it anew."
            )
        return {**headers, "Authorization": f"Bearer {key}"}

    def _parts(self) -> SplitResult:
        try:
            parts = urlsplit(self.base_url.strip())
            _ = parts.port  # raises ValueError if it is no number
        except ValueError as error:
            raise self._invalid(str(error)) from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise self._invalid("it must begin with http:// or https:// and name a host")
        if parts.query or parts.fragment:
            raise self._invalid("it must end before any ? or #")
        return parts

    def _invalid(self, why: str) -> ModelRefused:
        address = self.base_url.rpartition("@")[2].partition("?")[0]
        return ModelRefused(
            f"The base URL {address!r} is not right: {why}. Example: --base-url http://127.0.0.1:30000/v1"
        )


def is_version(segment: str) -> bool:
    """Whether a part of a path is v1, v2, v1beta and the like."""
    return len(segment) > 1 and segment[0] == "v" and segment[1].isdigit()
