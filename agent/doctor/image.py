"""The image that sandboxes start from, and whether a command runs in one."""

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.doctor.base import Case
from agent.errors import MIMOSA_ERRORS
from model_runtime.doctor.base import Finding
from sandbox.container.options import DockerOptions
from sandbox.docker import DockerSandbox
from sandbox.errors import EngineUnavailable
from sandbox.images.base_image import PUBLIC_DEFAULT, is_present, made_name
from sandbox.images.engine import connect
from sandbox.images.mirror import own_release

if TYPE_CHECKING:
    from docker import DockerClient

SUBJECT = "base image"


class ImageCheck:
    """Also starts a sandbox, where it costs no more than a second."""

    subject = SUBJECT

    def look(self, case: Case) -> Iterator[Finding]:
        if not case.needs_docker:
            return
        try:
            client = connect()
        except EngineUnavailable:
            yield Finding(SUBJECT, "skipped", "there is no engine to ask")
            return
        try:
            name = _present(client, case.settings.sandbox.image)
        finally:
            client.close()
        if name is None:
            yield _absent(case.settings.sandbox.image)
            return
        yield Finding(SUBJECT, "right", name)
        yield _try_sandbox(case, name)


def _present(client: "DockerClient", wanted: str) -> str | None:
    """The image that a session would start from, if the engine has it."""
    names = (wanted,) if wanted else (made_name(own_release()[1]), PUBLIC_DEFAULT)
    return next((name for name in names if is_present(client, name)), None)


def _absent(wanted: str) -> Finding:
    if wanted:
        return Finding(
            SUBJECT, "note", f"{wanted} is not on the engine; it is pulled first", f"docker pull {wanted}"
        )
    return Finding(
        SUBJECT,
        "note",
        "it is not made yet; the first session makes it, in a minute or two",
        f"{sys.executable} -m sandbox.images.base_image",
    )


def _try_sandbox(case: Case, image: str) -> Finding:
    import asyncio

    began = time.monotonic()
    settings = case.settings.sandbox
    options = DockerOptions(
        image=image, memory_mb=settings.memory_mb, cpus=settings.cpus, pids=settings.pids, runtime=settings.runtime
    )
    try:
        output = asyncio.run(_echo(DockerSandbox(options)))
    except MIMOSA_ERRORS as error:
        return Finding("sandbox", "wrong", f"no command runs in it: {error}", "docker run --rm " + image + " true")
    if output.strip() != "works":
        return Finding("sandbox", "wrong", f"a command in it said {output[:80]!r}", "use another sandbox.image")
    return Finding("sandbox", "right", f"a command ran in one after {time.monotonic() - began:.1f} s")


async def _echo(sandbox: DockerSandbox) -> str:
    try:
        await sandbox.start()
        return (await sandbox.run("echo works", timeout=60)).output
    finally:
        await sandbox.close()
