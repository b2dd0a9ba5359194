"""Real MCP servers, over pipes and over HTTP: used as they are meant, and as they should not be."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent.config.named import Named
from agent.config.named_settings import ServerSettings
from agent.config.origin import DEFAULT
from agent.config.settings import ToolSettings
from agent.mcp.names import model_name
from agent.mcp.schema import UnusableSchema, usable_schema
from agent.mcp.server import ServerFailed
from agent.mcp.servers import McpServers
from model_runtime.base import ToolSchema
from sandbox.local import LocalSandbox
from tools.base import ToolResult
from tools.toolbox import Toolbox

HERE = Path(__file__).parent
PATIENT = ToolSettings(mcp_start_s=60)


def table(name: str, **settings: object) -> Named[ServerSettings]:
    return Named(name, ServerSettings.model_validate(settings), DEFAULT)


def program(name: str, file: str, **settings: object) -> Named[ServerSettings]:
    return table(name, command=sys.executable, args=[str(HERE / file)], **settings)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[LocalSandbox]:
    place = LocalSandbox(tmp_path / "sandbox")
    await place.start()
    yield place
    await place.close()


class Bench:
    """Servers and the tools of theirs, as the loop would call them."""

    def __init__(self, servers: McpServers, sandbox: LocalSandbox) -> None:
        self.servers = servers
        self.toolbox = Toolbox(servers.tools(), sandbox)
        self.seen: list[str] = []

    async def call(self, name: str, arguments: str = "{}") -> ToolResult:
        return await self.toolbox.call(name, arguments, self.seen.append)


async def begun(
    sandbox: LocalSandbox,
    folder: Path,
    *tables: Named[ServerSettings],
    settings: ToolSettings = PATIENT,
    **environment: str,
) -> Bench:
    servers = McpServers(tables, settings, folder, folder / "session", environment)
    await servers.start()
    return Bench(servers, sandbox)


async def test_a_program_brings_tools_resources_and_prompts(sandbox: LocalSandbox, tmp_path: Path) -> None:
    stand = program("s", "mcp_stand.py", env={"STAND_MOOD": "${MOOD} mood"})
    bench = await begun(sandbox, tmp_path, stand, MOOD="good")
    try:
        assert bench.servers.notes == []
        spec = {spec.name: spec for spec in bench.toolbox.specs}["s__add"]
        assert spec.description == "Add two numbers."
        assert spec.parameters == {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        }
        assert (await bench.call("s__add", '{"a": 2, "b": 3}')).content == "5 in good mood"
        wrong = await bench.call("s__add", '{"a": "x"}')
        assert wrong.is_error and "b" in wrong.content
        assert (await bench.call("s__slowly")).content == "there" and bench.seen == ["half way 1 of 2\n"]
        failed = await bench.call("s__fail")
        assert failed.is_error and "fail" in failed.content

        long = (await bench.call("s__long", '{"characters": 100000}')).content
        assert len(long) < 30_000 and "72,000 characters left out" in long
        path = long.split("all of it is in ")[1].split(" ")[0]
        assert len(await sandbox.read(path)) == 100_000

        assert "stand://motto" in (await bench.call("mcp_resource", '{"server": "s"}')).content
        read = await bench.call("mcp_resource", '{"server": "s", "uri": "stand://motto"}')
        assert read.content == "slow and steady"
        assert (await bench.call("mcp_resource", '{"server": "s", "uri": "stand://no"}')).is_error
        assert [(server, prompt.name) for server, prompt in bench.servers.prompts()] == [("s", "review")]
        assert await bench.servers.prompt("s", "review", {"file": "a.py"}) == "Please review a.py."
        with pytest.raises(ServerFailed):
            await bench.servers.prompt("s", "none", {})
    finally:
        await bench.servers.close()


async def test_a_server_that_hangs_or_dies_is_an_error_text_and_can_be_started_anew(
    sandbox: LocalSandbox, tmp_path: Path
) -> None:
    bench = await begun(sandbox, tmp_path, program("s", "mcp_stand.py", call_timeout_s=4))
    try:
        interrupted = asyncio.create_task(bench.call("s__hang"))
        await asyncio.sleep(0.1)
        bench.toolbox.interrupt("s__hang")
        ended = await asyncio.wait_for(interrupted, 3)
        assert ended.is_error and "Interrupted" in ended.content

        began = time.monotonic()
        hung = await bench.call("s__hang")
        assert hung.is_error and "did not answer within 4 s" in hung.content
        assert time.monotonic() - began < 10

        await bench.servers.restart("s")
        os.kill(int((await bench.call("s__pid")).content), signal.SIGSTOP)  # from here on it reads nothing
        stuck = asyncio.create_task(bench.call("s__add", json.dumps({"a": 1, "b": 1, "pad": "x" * 300_000})))
        await asyncio.sleep(0.1)
        bench.toolbox.interrupt("s__add")
        assert "Interrupted" in (await asyncio.wait_for(stuck, 3)).content

        await bench.servers.restart("s")
        died = await bench.call("s__die")
        assert died.is_error and "The server s failed" in died.content
        again = await bench.call("s__add", '{"a": 1, "b": 1}')
        assert again.is_error and "s" in again.content
        assert (await bench.servers.restart("s")).state == "ready"
        assert (await bench.call("s__add", '{"a": 1, "b": 1}')).content == "2 in no mood"
    finally:
        await bench.servers.close()


async def test_a_slow_or_missing_server_does_not_keep_the_others(sandbox: LocalSandbox, tmp_path: Path) -> None:
    began = time.monotonic()
    bench = await begun(
        sandbox,
        tmp_path,
        table("mute", command="sleep", args=["60"], start_timeout_s=0.3),
        table("none", command="no-such-program-at-all"),
        table("dead", command="sh", args=["-c", "echo I cannot >&2; exit 1"]),
        table("closed", url="http://127.0.0.1:9/mcp"),
        table("poor", command="sleep", env={"API_TOKEN": "${NOT_SET}"}),
        table("off", command="sleep", enabled=False),
    )
    try:
        assert bench.toolbox.specs == ()
        notes = "\n".join(bench.servers.notes)
        assert "mute is not there: it did not answer within 0.3 s" in notes
        assert "none is not there" in notes and "no-such-program-at-all" in notes
        assert "dead is not there" in notes and "it said: I cannot" in notes
        assert "closed is not there" in notes
        assert "poor is not started: the environment variable NOT_SET is not set" in notes
        assert "off" not in notes
        assert time.monotonic() - began < 30
    finally:
        await bench.servers.close()


async def test_lies_are_not_offered_and_do_no_harm(sandbox: LocalSandbox, tmp_path: Path) -> None:
    bench = await begun(sandbox, tmp_path, program("liar", "liar.py"))
    try:
        specs = {spec.name: spec for spec in bench.toolbox.specs}
        assert set(specs) == {"liar__an_odd_name_", "liar__honest", "liar__half"}
        assert specs["liar__honest"].parameters["properties"] == {"title": {"type": "string"}}
        assert len(specs["liar__half"].description) == 2000
        assert len(bench.servers.notes) == 5
        lie = await bench.call("liar__half")
        assert lie.is_error and "Invalid structured content" in lie.content
    finally:
        await bench.servers.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path / "http.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, str(HERE / "mcp_stand.py"), "http", str(port)], stdout=log, stderr=log
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.kill()
        server.wait()
        log.close()


async def test_a_server_over_http_and_its_end(sandbox: LocalSandbox, tmp_path: Path, address: str) -> None:
    bench = await begun(sandbox, tmp_path, table("web", url=address, call_timeout_s=5))
    try:
        assert (await bench.call("web__add", '{"a": 2, "b": 3}')).content == "5 in no mood"
        assert (await bench.call("mcp_resource", '{"server": "web", "uri": "stand://motto"}')).content
        died = await bench.call("web__die")
        assert died.is_error
        assert (await bench.call("web__add", '{"a": 2, "b": 3}')).is_error
    finally:
        await bench.servers.close()


async def test_a_session_that_goes_on_has_the_tools_of_its_head(sandbox: LocalSandbox, tmp_path: Path) -> None:
    servers = McpServers((), PATIENT, tmp_path, tmp_path, {})
    frozen = (
        ToolSchema(name="bash", description="", parameters={}),
        ToolSchema(name="s__add", description="Add.", parameters={"type": "object", "properties": {}}),
    )
    toolbox = Toolbox(servers.tools(frozen), sandbox)
    assert [spec.name for spec in toolbox.specs] == ["s__add"]
    gone = await toolbox.call("s__add", '{"a": 1}', lambda _: None)
    assert gone.is_error and "server is not there" in gone.content


def test_the_endpoints_key_is_given_to_no_server(tmp_path: Path) -> None:
    mine = table("s", command="x", env={"TOKEN": "${MIMOSA_API_KEY}"})
    servers = McpServers((mine,), PATIENT, tmp_path, tmp_path, {"MIMOSA_API_KEY": "secret"})
    assert not servers.servers and "given to no server" in servers.notes[0]


@pytest.mark.parametrize(
    ("server", "tool", "taken", "name"),
    [
        ("a", "b c/d", (), "a__b_c_d"),
        ("a", "b", ("a__b",), "a__b_2"),
        ("a", "x" * 99, (), f"a__{'x' * 61}"),
        ("a", "x" * 99, (f"a__{'x' * 61}",), f"a__{'x' * 59}_2"),
    ],
)
def test_names_fit_what_endpoints_take(server: str, tool: str, taken: tuple[str, ...], name: str) -> None:
    assert model_name(server, tool, taken) == name and len(name) <= 64


def test_references_are_put_in_place() -> None:
    schema = {
        "$schema": "x",
        "title": "T",
        "type": "object",
        "properties": {"p": {"$ref": "#/$defs/P"}, "title": {"type": "string"}},
        "$defs": {"P": {"type": "object", "title": "P", "properties": {"q": {"type": "integer"}}}},
    }
    assert usable_schema(schema) == {
        "type": "object",
        "properties": {
            "p": {"type": "object", "properties": {"q": {"type": "integer"}}},
            "title": {"type": "string"},
        },
        "required": [],
    }
    with pytest.raises(UnusableSchema):
        usable_schema({"type": "array"})
