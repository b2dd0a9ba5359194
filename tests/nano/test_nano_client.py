"""The model of this process keeps the contract of a server's client."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from model_runtime.base import ChatRequest, Completed, ContentDelta, Sampling, ToolSchema
from model_runtime.errors import ContextOverflow, ModelError
from model_runtime.messages import Message, SystemMessage, UserMessage
from model_runtime.nano.client import NanoModel

BASH = ToolSchema(name="bash", description="Run a command.", parameters={"type": "object", "properties": {}})


def asked(*messages: Message, tokens: int = 30) -> ChatRequest:
    sampling = Sampling(temperature=0, max_tokens=tokens)
    return ChatRequest((SystemMessage(content="You repair."), *messages), (BASH,), sampling=sampling)


async def answer(model: NanoModel, request: ChatRequest) -> tuple[str, Completed]:
    deltas = [delta async for delta in model.chat(request)]
    assert isinstance(deltas[-1], Completed)
    assert sum(isinstance(delta, Completed) for delta in deltas) == 1
    return "".join(d.text for d in deltas if isinstance(d, ContentDelta)), deltas[-1]


async def test_it_says_what_it_is(predictable: Path) -> None:
    info = await NanoModel(predictable).info()
    assert (info.model, info.context_length, info.profile) == ("mimosa-nano", 2048, "nano")


async def test_a_reply_streams_and_is_counted(predictable: Path) -> None:
    model = NanoModel(predictable)
    text, completed = await answer(model, asked(UserMessage(content="Hello.")))
    assert completed.message.content == text != ""
    assert (completed.finish_reason, completed.usage.completion_tokens) == ("length", 30)
    counted = model.counters()
    assert (counted.prompt, counted.generated) == (completed.usage.prompt_tokens, 30)
    assert counted.acceptance is not None
    assert 1 <= counted.acceptance <= 4


async def test_the_next_turn_and_the_next_session_read_only_what_is_new(predictable: Path) -> None:
    model = NanoModel(predictable)
    first = UserMessage(content="Hello, repair what is broken.")
    _, before = await answer(model, asked(first))
    _, turn = await answer(NanoModel(predictable), asked(first, before.message, UserMessage(content="More.")))
    _, session = await answer(NanoModel(predictable), asked(UserMessage(content="Another thing.")))
    assert turn.usage.cached_tokens >= before.usage.prompt_tokens - 1
    assert 20 < session.usage.cached_tokens < session.usage.prompt_tokens


async def test_a_conversation_that_is_too_long_says_so(predictable: Path) -> None:
    with pytest.raises(ContextOverflow, match="mimosa-nano can hold 2048"):
        await answer(NanoModel(predictable), asked(UserMessage(content="0 1 2 3 " * 1000)))


async def test_a_reply_ends_where_the_context_does(predictable: Path) -> None:
    long = asked(UserMessage(content="0 1 2 3 " * 220), tokens=5000)
    _, completed = await answer(NanoModel(predictable), long)
    assert completed.finish_reason == "length"
    assert completed.usage.prompt_tokens + completed.usage.completion_tokens == 2048


async def test_a_closed_stream_stops_generating(predictable: Path) -> None:
    """Closing waits for the worker, so a short wait means that it stopped."""
    model = NanoModel(predictable)
    _, whole = await answer(model, asked(UserMessage(content="Hi."), tokens=1500))
    stopped = NanoModel(predictable)
    async with aclosing(stopped.chat(asked(UserMessage(content="Hi."), tokens=1500))) as stream:
        async for _ in stream:
            began = time.monotonic()
            break
    assert time.monotonic() - began < whole.seconds / 2
    assert stopped.counters().steps == 0, "it came to its end"


async def test_the_event_loop_stays_free(predictable: Path) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await answer(NanoModel(predictable), asked(UserMessage(content="Hello."), tokens=200))
    ticking.cancel()
    assert ticks > 5


async def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        await answer(NanoModel(tmp_path), asked(UserMessage(content="Hello.")))
