"""The way out of a real container that has no network."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from local_web import BIG, gate_to, web

from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.errors import EnvironmentFailed
from sandbox.gate.gate import Gate
from sandbox.gate.visits import Visit

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    async with web() as port:
        yield port


@pytest.fixture
def gate(port: int) -> Gate:
    return gate_to(f"127.0.0.2:{port}", f"example.org:{port}", example_org=["127.0.0.2"])


@pytest_asyncio.fixture
async def box(base_image: str, gate: Gate) -> AsyncIterator[DockerSandbox]:
    sandbox = DockerSandbox(DockerOptions(base_image, memory_mb=512, pids=128), gate=gate)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def said(box: DockerSandbox, command: str) -> str:
    return (await box.run(command, timeout=60)).output


async def test_what_is_allowed_is_reached_and_nothing_else(box: DockerSandbox, gate: Gate, port: int) -> None:
    assert await said(box, f"curl -sS http://example.org:{port}/") == "hello\n"
    assert "not on the allow-list" in await said(box, f"curl -sS http://evil.net:{port}/")
    assert "403" in await said(box, "curl -sS https://evil.net/")
    assert gate.visits == (
        Visit("evil.net", 0, 1),
        Visit(f"evil.net:{port}", 0, 1),
        Visit(f"example.org:{port}", 1, 0),
    )
    # Without the proxy there is no way at all, not even to what is allowed.
    around = await box.run(f"curl -sS --noproxy '*' --max-time 5 http://127.0.0.2:{port}/", timeout=30)
    assert around.exit_code == 7
    routes = await said(box, "cat /proc/net/route | wc -l; ls /sys/class/net")
    assert routes == "1\nlo\n"


async def test_python_and_pip_go_the_same_way(box: DockerSandbox, port: int) -> None:
    program = f"import urllib.request as r; print(r.urlopen('http://example.org:{port}/').read())"
    assert await said(box, f'python3 -c "{program}"') == "b'hello\\n'\n"
    pip = "pip download --retries 1 --timeout 5 -i https://evil.net/simple six 2>&1"
    assert "Tunnel connection failed: 403 evil.net port 443 is not on the allow-list" in await said(box, pip)


async def test_a_server_of_the_projects_own_is_not_asked_for_outside(box: DockerSandbox) -> None:
    await box.run("cd /tmp && echo mine >page && (python3 -m http.server 8000 >/dev/null 2>&1 &) && sleep 1")
    assert await said(
        box, "for host in localhost 127.0.0.1 sandbox; do curl -sS http://$host:8000/page; done"
    ) == ("mine\n" * 3)


async def test_many_connections_at_once_and_one_that_nobody_reads(box: DockerSandbox, port: int) -> None:
    url = f"http://example.org:{port}/big"
    stuck = await box.run(f"curl -sS {url} | (sleep 30; cat >/dev/null)", timeout=60, background_after=0.5)
    fetches = f"for n in {{1..8}}; do curl -sS {url} | sha256sum & done; wait"
    sums = await said(box, fetches)
    assert sums == f"{hashlib.sha256(BIG).hexdigest()}  -\n" * 8
    posted = f"curl -sS {url} | curl -sS --data-binary @- -H 'Expect:' http://example.org:{port}/ | sha256sum"
    assert await said(box, posted) == f"{hashlib.sha256(BIG).hexdigest()}  -\n"
    assert stuck.job is not None
    await box.kill(stuck.job)


async def test_the_way_out_outlives_what_commands_do_to_processes(
    box: DockerSandbox, engine: "DockerClient", port: int
) -> None:
    fetch = f"curl -sS http://example.org:{port}/"
    await box.run("kill -9 -1")
    assert await said(box, fetch) == "hello\n"
    await asyncio.to_thread(engine.containers.get(box.container).restart, timeout=0)
    again = f"for n in {{1..100}}; do {fetch} 2>/dev/null && break; sleep 0.2; done"
    assert await said(box, again) == "hello\n"


async def test_without_a_gate_nothing_says_that_there_is_one(base_image: str) -> None:
    sandbox = DockerSandbox(DockerOptions(base_image, memory_mb=512, pids=128))
    await sandbox.start()
    try:
        assert await said(sandbox, "env | grep -ci proxy; ps -ef | grep -c '[p]erl'") == "0\n0\n"
    finally:
        await sandbox.close()


@pytest.fixture
def without_perl(engine: "DockerClient", base_image: str, tmp_path: Path) -> Iterator[str]:
    name = f"mimosa-test/without-perl:{os.getpid()}"
    (tmp_path / "Dockerfile").write_text(f"FROM {base_image}\nRUN rm /usr/bin/perl\n")
    engine.images.build(path=str(tmp_path), tag=name, rm=True, network_mode="none")
    yield name
    engine.images.remove(name, force=True)


async def test_an_image_without_perl_says_what_it_lacks(without_perl: str, gate: Gate) -> None:
    sandbox = DockerSandbox(DockerOptions(without_perl, memory_mb=512, pids=128), gate=gate)
    with pytest.raises(EnvironmentFailed, match=r"the image needs perl: .*perl: not found"):
        await sandbox.start()
