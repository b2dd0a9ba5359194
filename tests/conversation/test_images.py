"""Pictures join a message for the models that take them; for others there is a clear word, and nothing is said."""

import base64
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from model_server import ModelServer, Reply
from talks import Talks, say

from agent.conversation.conversation import Conversation
from agent.errors import UsageError
from agent.events import UserSaid
from agent.log import read_log

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def show(conversation: Conversation, text: str, *images: Path) -> None:
    async with aclosing(conversation.say(text, images)) as events:
        async for _ in events:
            pass


async def test_a_picture_is_sent_as_it_is_and_stays_in_the_history(talks: Talks, repository: Path) -> None:
    (repository / "shot.png").write_bytes(PNG)
    with ModelServer(Reply(content="A button."), Reply(content="Yes."), model="mimo-v2.5") as server:
        seeing = replace(talks, server=server)
        async with seeing.open() as conversation:
            await show(conversation, "what is this?", repository / "shot.png")
            before = conversation.standing.tokens
            assert before > 0
        async with seeing.open(session="last") as again:
            await say(again, "sure?")
        first, second = (asked.json["messages"] for asked in server.asked)
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert first[1]["content"] == [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    assert second[: len(first)] == first


async def test_a_model_that_takes_none_is_told_before_anything_is_said(talks: Talks, repository: Path) -> None:
    (repository / "shot.png").write_bytes(PNG)
    async with talks.open() as conversation:
        with pytest.raises(UsageError, match=r"mimo-v2-flash takes no images .* say in words what shot.png shows"):
            await show(conversation, "what is this?", repository / "shot.png")
        assert not any(isinstance(record.event, UserSaid) for record in read_log(conversation.folder))


async def test_what_is_no_picture_is_refused(talks: Talks, repository: Path) -> None:
    (repository / "fake.png").write_text("text\n")
    with ModelServer(model="mimo-v2.5") as server:
        async with replace(talks, server=server).open() as conversation:
            with pytest.raises(UsageError, match=r"fake\.png is no PNG"):
                await show(conversation, "look", repository / "fake.png")
            with pytest.raises(UsageError, match=r"missing\.png cannot be read"):
                await show(conversation, "look", repository / "missing.png")
