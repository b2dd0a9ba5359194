"""What happens between turns is in every reading of a session: on the screen, on the page, in the list."""

import io
from pathlib import Path

from model_server import ModelServer, Reply
from rich.console import Console
from talks import Talks, bash, say

from agent.conversation.finding import open_here
from agent.export import export, list_sessions, show
from agent.log import read_log


async def test_a_session_tells_what_was_between_its_turns(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(bash("echo uno >a.txt"), Reply(content="done"))
    async with talks.open() as conversation:
        await conversation.shell("echo by hand")
        await say(conversation, "change a.txt")
        conversation.timeline.mark("before lunch")
        await conversation.files.apply()
        (repository / "b.txt").write_text("mine\n")
        await conversation.files.follow()
        await conversation.timeline.undo()
        folder = conversation.folder
    screen = io.StringIO()
    show(read_log(folder), Console(file=screen, width=200))
    page = export(folder, "html").decode()
    for words in (
        "$ echo by hand",
        "Checkpoint",
        "before lunch",
        "1 file (a.txt) to your files",
        "1 file (b.txt) came into the sandbox",
        "what came after it is not part of the conversation any more",
    ):
        assert words in screen.getvalue()
        assert words in page
    assert "unknown event" not in page
    [listed] = list_sessions(talks.store, 5)
    assert listed.summary is not None and listed.summary.started.task == "change a.txt"
    assert [summary.task for summary in open_here(talks.store, repository)] == ["change a.txt"]
