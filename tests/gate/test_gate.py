"""The gate by itself: what it lets through, what it turns away, and what it counts."""

import asyncio

import httpx
import pytest
from local_web import BIG, gate_to, listening, web

from sandbox.errors import HostUnknown
from sandbox.gate.addresses import is_public
from sandbox.gate.allowed import AllowedHost, AllowList
from sandbox.gate.gate import Gate
from sandbox.gate.request import BadRequest, read_request
from sandbox.gate.visits import MOST_NAMED, OTHERS, Visit, Visits, summed


@pytest.mark.parametrize(
    ("written", "host", "port", "covered"),
    [
        ("pypi.org", "pypi.org", 443, True),
        ("pypi.org", "pypi.org", 80, True),
        ("pypi.org", "pypi.org", 22, False),
        ("PyPI.org", "pypi.org", 443, True),
        ("pypi.org", "evilpypi.org", 443, False),
        ("pypi.org", "pypi.org.evil.net", 443, False),
        ("pypi.org", "files.pypi.org", 443, False),
        ("*.pypi.org", "files.pypi.org", 443, True),
        ("*.pypi.org", "a.b.pypi.org", 443, True),
        ("*.pypi.org", "pypi.org", 443, False),
        ("*.pypi.org", "evilpypi.org", 443, False),
        ("mirror.example.org:8080", "mirror.example.org", 8080, True),
        ("mirror.example.org:8080", "mirror.example.org", 443, False),
        ("10.0.0.7", "10.0.0.7", 80, True),
        ("[::1]:8080", "::1", 8080, True),
        ("::1", "::1", 443, True),
    ],
)
def test_a_host_covers_itself_alone(written: str, host: str, port: int, covered: bool) -> None:
    assert AllowedHost.parse(written).covers(host, port) is covered
    assert AllowedHost.parse(str(AllowedHost.parse(written))) == AllowedHost.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "*.",
        "https://pypi.org",
        "pypi.org/simple",
        "a b",
        "pypi.org:0",
        "pypi.org:70000",
        "127.1",
        "1",
        "-a",
    ],
)
def test_what_is_no_host_is_told(written: str) -> None:
    with pytest.raises(HostUnknown, match="no host that can be allowed"):
        AllowedHost.parse(written)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        *((address, False) for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "224.0.0.1")),
        *((address, False) for address in ("::1", "fe80::1", "fd00::1", "100.64.0.1")),
        # An IPv4 address in the dress of an IPv6 one.
        *((address, False) for address in ("::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::7f00:1")),
    ],
)
def test_private_addresses_are_known_in_every_dress(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1",
        b"GET https://pypi.org/ HTTP/1.1",
        b"CONNECT user@pypi.org:443 HTTP/1.1",
        b"CONNECT pypi.org:443@evil.net HTTP/1.1",
        b"CONNECT pypi.org:99999 HTTP/1.1",
        b"GET http://pypi.org/ HTTP/1.1\r\nX: y\r\n folded",
        b"GET http://pypi.org/ HTTP/1.1\r\nHost : evil.net",
        b"GET http://pypi.org/ HTTP/1.1\r\nX: y\nHost: evil.net",
        b"\x16\x03\x01",
    ],
)
def test_what_could_be_read_in_two_ways_is_not_served(head: bytes) -> None:
    with pytest.raises(BadRequest):
        read_request(head)


def client(proxy: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(proxy=f"http://127.0.0.1:{proxy}", trust_env=False)


async def test_a_request_for_an_allowed_host_goes_through_as_the_host_expects_it() -> None:
    heads: list[str] = []
    async with web(heads=heads) as port:
        gate = gate_to(f"example.org:{port}", f"127.0.0.2:{port}", example_org=["127.0.0.2"])
        async with listening(gate) as proxy, client(proxy) as http:
            answer = await http.post(f"http://example.org:{port}/a?b=c", content=b"body")
            whole = await http.get(f"http://Example.org:{port}/big")
    assert (answer.status_code, answer.content) == (200, b"body")
    assert whole.content == BIG
    first, *headers = heads[0].lower().split("\r\n")
    assert first == "post /a?b=c http/1.1"
    assert f"host: example.org:{port}" in headers and "connection: close" in headers
    assert not [header for header in headers if header.startswith("proxy-")]
    assert gate.visits == (Visit(f"example.org:{port}", 2, 0),)


async def test_a_host_that_is_not_named_is_turned_away_and_told_why() -> None:
    async with web() as port:
        gate = gate_to("example.org", evil_net=["127.0.0.2"])
        async with listening(gate) as proxy, client(proxy) as http:
            answers = [
                await http.get(f"http://evil.net:{port}/"),
                await http.get(f"http://127.0.0.2:{port}/"),  # nor by its address
                await http.get(f"http://2130706434:{port}/"),  # nor by another spelling of it
            ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert f"evil.net port {port} is not on the allow-list of this sandbox: example.org" in answers[0].text
    refused = [f"127.0.0.2:{port}", f"2130706434:{port}", f"evil.net:{port}"]
    assert gate.visits == tuple(Visit(host, 0, 1) for host in refused)


async def test_an_allowed_name_does_not_lead_to_this_machine() -> None:
    """Whoever answers for the name could say that it is here."""
    async with web() as port:
        gate = gate_to(f"example.org:{port}", example_org=["127.0.0.2"])
        async with listening(gate) as proxy, client(proxy) as http:
            answer = await http.get(f"http://example.org:{port}/")
    assert answer.status_code == 403
    assert "private address that the allow-list does not name" in answer.text
    assert gate.visits == (Visit(f"example.org:{port}", 0, 1),)


async def tunnel(proxy: int, place: str) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
    """The proxy's first line, and the tunnel."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy)
    writer.write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return head.partition("\r\n")[0], reader, writer


async def test_a_tunnel_carries_bytes_as_they_are_both_ways() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])  # after the end of what comes: a half is closed by itself
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.2", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, listening(gate_to(f"127.0.0.2:{port}")) as proxy:
        said, reader, writer = await tunnel(proxy, f"127.0.0.2:{port}")
        assert said == "HTTP/1.1 200 Connection established"
        writer.write(BIG)
        writer.write_eof()
        assert await reader.read() == BIG[::-1]
        writer.close()


async def test_a_tunnel_to_nowhere_is_told() -> None:
    gate = gate_to("gone.example.org", "example.org:9", "127.0.0.2:9", example_org=["127.0.0.2"])
    async with listening(gate) as proxy:
        said, _, writer = await tunnel(proxy, "gone.example.org:443")
        assert said.startswith("HTTP/1.1 502 gone.example.org cannot be reached (Name or service not known)")
        writer.close()
        said, _, writer = await tunnel(proxy, "example.org:9")
        assert said.startswith("HTTP/1.1 502 example.org cannot be reached")
        writer.close()
    assert gate.visits == (Visit("example.org:9", 1, 0), Visit("gone.example.org", 1, 0))


async def test_names_are_asked_of_the_machine_where_nobody_says_otherwise() -> None:
    gate = Gate(AllowList.parse(["localhost:9"]))
    async with listening(gate) as proxy, client(proxy) as http:
        answer = await http.get("http://localhost:9/")
    assert answer.status_code == 403  # it was found, here


def test_no_more_names_are_counted_than_can_be_read() -> None:
    visits = Visits()
    for number in range(MOST_NAMED + 50):
        visits.refuse(f"host{number}.example.org", 443)
    visits.refuse("host0.example.org", 80)
    counted = visits.counted()
    assert len(counted) == MOST_NAMED + 1
    assert Visit(OTHERS, 0, 50) in counted and Visit("host0.example.org", 0, 2) in counted


def test_counts_of_several_sandboxes_are_added_up() -> None:
    found = summed([Visit("b", 1, 0), Visit("a", 0, 2), Visit("b", 2, 1)])
    assert found == (Visit("a", 0, 2), Visit("b", 3, 1))
