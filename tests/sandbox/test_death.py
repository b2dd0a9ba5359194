"""What a caller sees when the place goes away under a command: an error that says why, and no hanging."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.channel.channel import Link, Receiver
from sandbox.channel.premises import Premises
from sandbox.channel.supervisor import Supervisor
from sandbox.container.leftovers import OWNER_LABEL, sweep
from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.errors import EngineUnavailable, EnvironmentFailed, SandboxDied
from sandbox.local_process import LocalPlace
from sandbox.owner import this_owner
from tests.sandbox.conftest import docker_options, started

if TYPE_CHECKING:
    from docker import DockerClient

SOCKET = "/var/run/docker.sock"
PATIENCE = 40.0


@pytest.mark.docker
@pytest.mark.parametrize(
    ("end", "words"),
    [("kill", "ended from outside"), ("remove", "removed|ended from outside")],
)
async def test_a_container_that_goes_away_in_mid_command_is_named(
    engine: "DockerClient", base_image: str, end: str, words: str
) -> None:
    async with started(DockerSandbox(docker_options(base_image))) as sandbox:
        assert isinstance(sandbox, DockerSandbox)
        await sandbox.run("echo kept >kept")
        await sandbox.checkpoint()
        running = asyncio.create_task(sandbox.run("echo on; sleep 60"))
        await asyncio.sleep(0.5)
        container = engine.containers.get(sandbox.container)
        await asyncio.to_thread(container.kill if end == "kill" else partial(container.remove, force=True))
        with pytest.raises(SandboxDied, match=words):
            await asyncio.wait_for(running, PATIENCE)
        for call in (sandbox.run("true"), sandbox.read("kept"), sandbox.admin("true"), sandbox.checkpoint()):
            with pytest.raises(SandboxDied, match=words):
                await asyncio.wait_for(call, PATIENCE)
        assert b"+kept" in sandbox.saved_patch


@asynccontextmanager
async def road_to_the_engine(path: Path) -> AsyncIterator[asyncio.Server]:
    """A socket that leads to the engine for as long as the server lives."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.close()

    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(SOCKET)
        connections.update((writer, far_writer))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield server
    finally:
        server.close()
        for writer in connections:
            writer.transport.abort()


@pytest.mark.docker
async def test_an_engine_that_goes_away_in_mid_command_is_named(
    engine: "DockerClient", base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    road = tmp_path / "engine.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{road}")
    sandbox = DockerSandbox(docker_options(base_image))
    async with road_to_the_engine(road):
        await sandbox.start()
        container = sandbox.container
        running = asyncio.create_task(sandbox.run("echo on; sleep 60"))
        await asyncio.sleep(0.5)
    road.unlink(missing_ok=True)
    try:
        with pytest.raises(SandboxDied, match="engine does not answer"):
            await asyncio.wait_for(running, PATIENCE)
        await sandbox.close()
    finally:
        engine.containers.get(container).remove(force=True)


async def test_without_an_engine_the_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    sandbox = DockerSandbox(DockerOptions("any"))
    with pytest.raises(EngineUnavailable):
        await sandbox.start()
    await sandbox.close()


@pytest.mark.docker
async def test_without_the_image_the_start_names_it(engine: "DockerClient") -> None:
    with pytest.raises(EnvironmentFailed, match="mimosa-no-such-image"):
        await DockerSandbox(DockerOptions("mimosa-no-such-image:1")).start()
    assert not engine.containers.list(all=True, filters={"ancestor": "mimosa-no-such-image:1"})


@pytest.mark.docker
async def test_an_image_without_bash_is_refused_with_what_to_add(engine: "DockerClient", tmp_path: Path) -> None:
    name, empty = f"mimosa-test-no-bash-{os.getpid()}", tmp_path / "root.tar"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/:/bin/sh\n")
    subprocess.run(["tar", "-C", str(tmp_path), "-cf", str(empty), "etc"], check=True)  # noqa: ASYNC221 - a moment
    engine.api.import_image_from_file(str(empty), repository=name, tag="1")
    try:
        with pytest.raises(EnvironmentFailed, match="Add bash"):
            await DockerSandbox(docker_options(f"{name}:1")).start()
        assert not engine.containers.list(all=True, filters={"ancestor": f"{name}:1"})
    finally:
        engine.images.remove(f"{name}:1")


@pytest.mark.docker
async def test_a_start_that_is_cancelled_leaves_no_container(engine: "DockerClient", base_image: str) -> None:
    def mine() -> set[str]:
        containers = engine.containers.list(all=True, filters={"label": f"{OWNER_LABEL}={this_owner()}"})
        return {str(container.id) for container in containers}

    before, began = mine(), time.monotonic()
    whole = DockerSandbox(docker_options(base_image))
    await whole.start()
    took = time.monotonic() - began
    await whole.close()
    cancelled = 0
    for share in (0.0, 0.1, 0.3, 0.6):
        sandbox = DockerSandbox(docker_options(base_image))
        starting = asyncio.create_task(sandbox.start())
        await asyncio.sleep(share * took)
        if starting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await starting
            cancelled += 1
        else:  # this one was faster
            await sandbox.close()
        assert mine() == before
    assert cancelled > 1


@pytest.mark.docker
def test_containers_of_the_dead_are_swept_and_those_of_the_living_are_not(
    engine: "DockerClient", base_image: str
) -> None:
    script = (
        "import docker, os, sys; from sandbox.container.leftovers import OWNER_LABEL;"
        "from sandbox.owner import this_owner;"
        "c = docker.from_env().containers.create(sys.argv[1], 'true', labels={OWNER_LABEL: this_owner()});"
        "print(c.id, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, base_image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = other.stdout.readline().strip()
        foreign = engine.containers.create(base_image, "true", labels={OWNER_LABEL: "another-machine 1 1"})
        try:
            assert theirs not in sweep(engine)
            other.send_signal(signal.SIGKILL)
            other.wait()
            sweep(engine)  # unless another Mimosa of this machine was faster
            left = {container.id for container in engine.containers.list(all=True, ignore_removed=True)}
            assert theirs not in left
            assert foreign.id in left
        finally:
            foreign.remove(force=True)


async def test_when_mimosa_is_killed_its_commands_on_the_host_end(tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from sandbox.local import LocalSandbox

async def main() -> None:
    sandbox = LocalSandbox(Path({str(tmp_path / "box")!r}))
    await sandbox.start()
    await sandbox.run("(exec -a orphan-{os.getpid()} setsid sleep 60) & sleep 0.2")
    print("ready", flush=True)
    await sandbox.run("exec -a orphan-{os.getpid()} sleep 60")

asyncio.run(main())
"""
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"ready\n"
    await asyncio.sleep(0.3)
    other.kill()
    await other.wait()
    for _ in range(100):
        if not alive(tmp_path):
            break
        await asyncio.sleep(0.1)
    assert not alive(tmp_path)


def alive(place: Path) -> list[str]:
    """The processes, zombies aside, that began in a sandbox under `place`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and os.fsencode(place) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


class CrowdedPlace:
    """Folders of this machine in which the second bash says that it has no room, and ends before it is up."""

    def __init__(self, folder: Path) -> None:
        for name in ("workspace", "home"):
            (folder / name).mkdir()
        path = os.environ["PATH"]
        self._here = LocalPlace(
            Premises(str(folder / "workspace"), str(folder / "home"), False, 64, "crowded", path, {})
        )
        self.asked: list[bool] = []
        self.link: Link | None = None

    async def premises(self) -> Premises:
        return await self._here.premises()

    async def connect(self, receiver: Receiver, *, again: bool) -> Link:
        self.asked.append(again)
        self.link = await self._here.connect(receiver, again=again)
        if len(self.asked) == 2:
            receiver.received(2, b"bash: fork: retry: Resource temporarily unavailable\n")
            self.link.close()
        return self.link

    async def ended(self) -> None:
        await self._here.ended()


async def test_a_place_is_asked_to_make_room_after_a_shell_that_spoke_and_did_not_come_up(tmp_path: Path) -> None:
    place = CrowdedPlace(tmp_path)
    supervisor = Supervisor(place)
    await supervisor.connect()
    assert place.link is not None
    place.link.close()
    await place.ended()
    await supervisor.connect()
    assert place.asked == [False, False, True]
    supervisor.close()
    await place.ended()
