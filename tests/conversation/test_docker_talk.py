"""The same in a container: edits get in, changes come out as the user's own, a dead container costs nothing."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from model_server import ModelServer, Reply
from talks import Talks, bash, end, results, say

from sandbox.docker import DockerSandbox
from sandbox.errors import SandboxDied

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


async def test_files_go_both_ways_and_undo_brings_them_back(
    talks: Talks, server: ModelServer, repository: Path, base_image: str
) -> None:
    flags = {"sandbox.backend": "docker", "sandbox.image": base_image}
    server.will(bash("echo agent >a.txt; mkdir d; echo x >d/run.sh; chmod +x d/run.sh"), Reply(content="."))
    async with talks.open(flags=flags) as conversation:
        assert end(await say(conversation, "go")).reason == "answered"
        (repository / "b.txt").write_text("mine\n")
        (repository / "bin").write_bytes(b"\0\1\2")
        server.will(bash("cat b.txt; wc -c <bin; id -u; echo more >>b.txt"), Reply(content="."))
        assert results(await say(conversation, "look"))[0].startswith("mine\n3\n")
        assert set((await conversation.files.apply()).paths) == {"a.txt", "d/run.sh", "b.txt"}
        assert (repository / "b.txt").read_text() == "mine\nmore\n"
        made = (repository / "d" / "run.sh").stat()
        assert made.st_mode & 0o111 and made.st_uid == os.getuid()
        await conversation.timeline.undo()
        await conversation.files.apply()
        assert (repository / "b.txt").read_text() == "mine\n", "only the agent's change was taken back"


async def test_a_sandbox_that_dies_leaves_a_session_that_reopens(
    talks: Talks, server: ModelServer, engine: "DockerClient", base_image: str
) -> None:
    flags = {"sandbox.backend": "docker", "sandbox.image": base_image}
    server.will(bash("echo kept >a.txt"), Reply(content="."), bash("true"))
    async with talks.open(flags=flags) as conversation:
        await say(conversation, "go")
        session, sandbox = conversation.id, conversation.opened.sandbox
        assert isinstance(sandbox, DockerSandbox)
        engine.containers.get(sandbox.container).remove(force=True)
        with pytest.raises(SandboxDied):
            await say(conversation, "and now?")
    server.will(bash("cat a.txt"), Reply(content="."))
    async with talks.open(session=session, flags=flags) as again:
        assert results(await say(again, "is it there?"))[-1].startswith("kept\n")
