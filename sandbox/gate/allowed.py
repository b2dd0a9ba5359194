"""Which hosts may be reached: those that somebody wrote down, and nothing that resembles them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

from sandbox.errors import HostUnknown
from sandbox.gate.addresses import is_public

WEB_PORTS = (80, 443)
"""Those of a host that is written without one."""

_NAME = re.compile(r"(?!(?:.*\.)?[0-9]+$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
"""What ends in a number is no name: resolvers take it for a short form of an address."""
_WRITTEN = re.compile(r"(?:\[(?P<six>[^\[\]]*)\]|(?P<host>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")


def address_of(host: str) -> str | None:
    """`host` as an address in its shortest form; None if it is a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


@dataclass(frozen=True)
class AllowedHost:
    """`name` is a name, an address, or "*.example.org" for every name below example.org, and not for it."""

    name: str
    ports: tuple[int, ...] = WEB_PORTS

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of "pypi.org", "*.example.org", "10.0.0.7", each with ":8080" where one other port is meant; an IPv6
        address then stands in brackets. Raises HostUnknown."""
        written = text.strip().lower()
        if (address := address_of(written)) is not None:
            return cls(address)
        found = _WRITTEN.fullmatch(written)
        if found is not None:
            port = int(found["port"]) if found["port"] else None
            name = address_of(found["six"] if found["six"] is not None else found["host"])
            if name is None and found["host"] and _NAME.fullmatch(found["host"].removeprefix("*.")):
                name = found["host"]
            if name is not None and (port is None or 0 < port < 1 << 16):
                return cls(name, WEB_PORTS if port is None else (port,))
        raise HostUnknown(
            f"{text.strip()!r} is no host that can be allowed. Write a name (pypi.org), every name below one "
            "(*.example.org) or an address (10.0.0.7), with a port if it is neither 80 nor 443 "
            "(mirror.example.org:8080)."
        )

    def covers(self, host: str, port: int) -> bool:
        if port not in self.ports:
            return False
        if self.name.startswith("*."):
            return host.endswith(self.name[1:])
        return host == self.name

    def __str__(self) -> str:
        if self.ports == WEB_PORTS:
            return self.name
        return f"[{self.name}]:{self.ports[0]}" if ":" in self.name else f"{self.name}:{self.ports[0]}"


@dataclass(frozen=True)
class AllowList:
    hosts: tuple[AllowedHost, ...]

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Raises HostUnknown."""
        return cls(tuple(dict.fromkeys(map(AllowedHost.parse, texts))))

    def names(self, host: str, port: int) -> bool:
        """Whether a name in lower case, or an address in its shortest form, is on the list."""
        return any(allowed.covers(host, port) for allowed in self.hosts)

    def reaches(self, address: str, port: int) -> bool:
        """Whether what a name on the list stands for may be connected to. An address of this machine or of its
        own network must be on the list too: whoever answers for a name could else lead anywhere in there."""
        return is_public(address) or self.names(address, port)

    def __str__(self) -> str:
        return ", ".join(map(str, self.hosts))
