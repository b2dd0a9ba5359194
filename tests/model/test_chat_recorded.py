"""The chat client against answers that a real SGLang 0.5.23 gave, byte for byte (see tests/real_sglang)."""

import pytest
from model_server import ModelServer, Raw, Script
from sglang_cases import CASES, MODEL, Answer, Case, check

from model_runtime.client import ChatClient
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ContextOverflow


def replayed(answer: Answer, cut: int = 1 << 20) -> Script:
    data = answer.body.encode()
    pieces = [data[start : start + cut] for start in range(0, len(data), cut)]
    return Raw(pieces, answer.content_type, answer.status)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_recorded_answer_becomes_the_message_it_means(case: Case, stream: bool) -> None:
    with ModelServer(replayed(Answer.load(case.recording(stream=stream)))) as server:
        client = ChatClient(Endpoint(server.url, model=MODEL))
        done = await check(case, client, stream=stream)
        await client.close()
    assert done.usage.prompt_tokens > 0
    assert done.usage.completion_tokens > 0


async def test_a_recorded_stream_may_arrive_in_any_pieces() -> None:
    case = next(each for each in CASES if each.name == "two_calls")
    with ModelServer(replayed(Answer.load(case.recording(stream=True)), cut=3)) as server:
        client = ChatClient(Endpoint(server.url, model=MODEL))
        await check(case, client, stream=True)
        await client.close()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_recorded_overflow_is_one(stream: bool) -> None:
    with ModelServer(replayed(Answer.load("too_long"))) as server:
        client = ChatClient(Endpoint(server.url, model=MODEL))
        with pytest.raises(ContextOverflow):
            await check(CASES[0], client, stream=stream)
        await client.close()
