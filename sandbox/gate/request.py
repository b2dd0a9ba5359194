"""What a program asks a proxy for: a tunnel (CONNECT), or plain HTTP with a whole URL (RFC 9112, 3.2)."""

import re
from dataclasses import dataclass

from sandbox.gate.allowed import address_of

HEAD_END = b"\r\n\r\n"
MOST_HEAD = 64 * 1024

_LINE = re.compile(r"([A-Z]{1,20}) (\S{1,8192}) HTTP/1\.[01]")
_URL = re.compile(r"(?i:http)://([^/?#]*)([^#]*)")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")
"""A line feed among them, which some servers take for the end of a header."""
_OWN = ("host", "connection", "keep-alive", "upgrade", "te")
"""Headers between two neighbours, which a proxy does not hand on, and the one that it sets."""


class BadRequest(ValueError):
    """Not a request that a proxy can serve; the message says why."""


@dataclass(frozen=True)
class Asked:
    """`host` is a name in lower case or an address in its shortest form. `head` is what the host is to be sent
    first; None for a tunnel, in which all that follows is the host's."""

    host: str
    port: int
    head: bytes | None = None


def read_request(head: bytes) -> Asked:
    """Of all bytes up to the empty line, and without it. Raises BadRequest."""
    first, *headers = head.decode("latin-1").split("\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadRequest("this is a proxy for HTTP/1.1")
    method, target = line[1], line[2]
    if method == "CONNECT":
        return Asked(*_place(target, 443))
    url = _URL.fullmatch(target)
    if url is None:
        raise BadRequest("this is a proxy: it takes CONNECT, or a URL that begins with http://")
    host, port = _place(url[1], 80)
    path = url[2] if url[2].startswith("/") else f"/{url[2]}"
    kept = [header for header in headers if _is_for_the_host(header)]
    # One request a connection: a second one could be meant for somebody else.
    lines = [f"{method} {path} HTTP/1.1", f"Host: {url[1]}", *kept, "Connection: close", "", ""]
    return Asked(host, port, "\r\n".join(lines).encode("latin-1"))


def _place(authority: str, port: int) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise BadRequest("the host that is asked for cannot be read")
    host = (found[1] or found[2]).lower().removesuffix(".")
    port = int(found[3]) if found[3] else port
    if not host or not 0 < port < 1 << 16:
        raise BadRequest("the host that is asked for cannot be read")
    return address_of(host) or host, port


def _is_for_the_host(header: str) -> bool:
    name, colon, _ = header.partition(":")
    if not colon or name != name.strip() or not name or _CONTROL.search(header):
        raise BadRequest("a header cannot be read")
    return name.lower() not in _OWN and not name.lower().startswith("proxy-")
