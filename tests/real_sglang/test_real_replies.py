"""What the real server answers, and what the chat client makes of it."""

import pytest
from asking import RECORDS, get, post, record_case
from cpu_server import CpuMachine
from sglang_cases import CASES, MODEL, Case, check

from model_runtime.base import ChatRequest, Completed, Sampling
from model_runtime.client import ChatClient
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ContextOverflow
from model_runtime.messages import AssistantMessage, Message, UserMessage
from model_runtime.metrics.reader import MetricsReader

CONTEXT = 32_768
PERFECT = 4.0
"""Tokens a step: three drafts that are right, and the model's own."""


async def completed(client: ChatClient, *messages: Message, most: int = 50) -> Completed:
    deltas = [each async for each in client.chat(ChatRequest(messages, sampling=Sampling(max_tokens=most)))]
    assert isinstance(deltas[-1], Completed)
    return deltas[-1]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_reply_becomes_the_message_it_means(shared: CpuMachine, case: Case, stream: bool) -> None:
    record_case(shared, case, stream=stream)
    client = ChatClient(Endpoint(shared.base_url))
    await check(case, client, stream=stream)
    await client.close()


async def test_the_server_says_what_it_serves(shared: CpuMachine) -> None:
    client = ChatClient(Endpoint(shared.base_url))
    info = await client.info()
    await client.close()
    assert (info.model, info.context_length, info.owned_by) == (MODEL, CONTEXT, "sglang")
    assert info.profile == "mimo-v2-flash"
    assert info.drops_tools_on_none


async def test_thoughts_in_the_history_reach_the_prompt(shared: CpuMachine) -> None:
    thought = "The lamp was red and the door was green. " * 10
    client = ChatClient(Endpoint(shared.base_url))
    tokens = [
        (
            await completed(
                client,
                UserMessage(content="Which colour?"),
                AssistantMessage(content="Red.", reasoning_content=each),
                UserMessage(content="And the door?"),
            )
        ).usage.prompt_tokens
        for each in ("", thought)
    ]
    await client.close()
    assert tokens[1] - tokens[0] > len(thought.split()) // 2


async def test_a_next_turn_finds_the_whole_prompt_of_the_one_before_in_the_cache(shared: CpuMachine) -> None:
    client = ChatClient(Endpoint(shared.base_url))
    asked = UserMessage(content="Of all the numbers that there are, which one is it? " * 30)
    first = await completed(client, asked)
    again = await completed(client, asked, first.message, UserMessage(content="And then?"))
    await client.close()
    assert again.usage.cached_tokens >= first.usage.prompt_tokens - 2


async def test_a_prompt_beyond_the_context_is_told_as_one(shared: CpuMachine) -> None:
    words = UserMessage(content="word " * CONTEXT)
    if RECORDS:
        post(shared, ChatRequest((words,))).save("too_long")
    client = ChatClient(Endpoint(shared.base_url))
    with pytest.raises(ContextOverflow):
        await completed(client, words)
    await client.close()


async def test_the_figures_are_those_of_the_work(shared: CpuMachine) -> None:
    client, meter = ChatClient(Endpoint(shared.base_url)), MetricsReader(Endpoint(shared.base_url))
    before = await meter.read()
    done = await completed(client, UserMessage(content="What is the sum?"))
    after, facts = await meter.read(), await meter.facts()
    await client.close()
    await meter.close()
    if RECORDS:
        (shared.home / "metrics.txt").write_text(get(shared, "/metrics"))
    assert before is not None and after is not None and facts is not None
    assert after.server == facts.server == "sglang 0.5.23"
    assert after.acceptance == pytest.approx(PERFECT, abs=0.5)
    assert (after.running, after.waiting) == (0, 0)
    work = after.since(before)
    assert work is not None
    assert work.prompt == done.usage.prompt_tokens
    assert work.generated == done.usage.completion_tokens
    assert work.acceptance == pytest.approx(PERFECT, abs=0.7)
