"""What a request leaves behind: late in a session it is megabytes long, and there are hundreds of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from model_asking import MIMO, ask, client, request
from model_server import ModelServer, Reply

from model_runtime.base import ChatRequest
from model_runtime.body import PART
from model_runtime.messages import AssistantMessage, Message
from model_runtime.wire import BodyWriter

LONG = tuple(AssistantMessage(reasoning_content=f"{number:04d} " * 800) for number in range(100))
"""400,000 characters."""
REQUESTS = 5


@contextmanager
def no_collector() -> Iterator[None]:
    """Only what nobody refers to is freed, as it mostly is: a full collection comes once in many requests."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def holders(words: bytes, size: int) -> list[object]:
    """Everything that refers to so many bytes in one piece, with `words` in it."""
    return [
        thing
        for thing in gc.get_objects()
        if any(type(part) is bytes and len(part) >= size and words in part for part in gc.get_referents(thing))
    ]


async def test_no_request_is_held_in_one_piece_after_its_reply() -> None:
    with ModelServer(*[Reply(content="well", reasoning="why")] * REQUESTS) as server, no_collector():
        for _ in range(REQUESTS):
            await ask(client(server), request(*LONG, stream=True))
        size = len(server.asked[-1].body)
        server.asked.clear()
        assert [type(holder).__name__ for holder in holders(b"0099 0099", size // 2)] == []


async def test_a_request_arrives_whole_and_with_its_length_told() -> None:
    with ModelServer(Reply(content="well")) as server:
        await ask(client(server, MIMO), request(*LONG))
    asked = server.asked[0]
    assert int(asked.headers["Content-Length"]) == len(asked.body)
    assert "Transfer-Encoding" not in asked.headers
    said = [message["reasoning_content"] for message in asked.json["messages"] if message["role"] == "assistant"]
    assert said == [message.reasoning_content for message in LONG]


async def test_a_body_goes_out_in_parts_that_are_neither_tiny_nor_huge() -> None:
    body = BodyWriter(MIMO).body(request(*LONG), "m")
    parts = [part async for part in body]
    assert b"".join(parts) == b"".join(body.pieces)
    assert len(b"".join(parts)) == body.size
    assert all(PART <= len(part) < 2 * PART for part in parts[:-1])


def test_a_message_of_the_history_is_held_once_by_all_requests() -> None:
    writer = BodyWriter(MIMO)
    histories: list[tuple[Message, ...]] = [LONG[:50], LONG]
    first, second = (set(map(id, writer.body(ChatRequest(history), "m").pieces)) for history in histories)
    assert len(first & second) >= 50


def test_what_a_compaction_has_replaced_is_forgotten() -> None:
    writer = BodyWriter(MIMO)
    with no_collector():
        thought = AssistantMessage(reasoning_content="hmm " * 50_000)
        writer.body(request(thought), "m")
        assert len(holders(b"hmm hmm", 200_000)) == 1
        del thought
        writer.body(request(), "m")
        assert holders(b"hmm hmm", 200_000) == []
