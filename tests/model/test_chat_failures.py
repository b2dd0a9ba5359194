"""What is worth another attempt gets one; what is not, is said at once and says what to do."""

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from model_asking import LIMITS, QUICK, answer_to, ask, client, request
from model_server import Hang, ModelServer, Raw, Reply, Status, html

from model_runtime.client import ChatClient, Limits
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ContextOverflow, ModelError, ModelRefused, ModelUnavailable
from model_runtime.retry import AttemptFailed, Attempts, RetryPolicy
from model_runtime.transport import Timeouts

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
KEY = "sk-secret-0123456789"


async def refusal(step: object, *, stream: bool = False, key: str = "") -> ModelError:
    """The error that `step` of a server leads to, without another attempt."""
    with ModelServer(step, Reply(content="a second attempt")) as server:  # type: ignore[arg-type]
        chat = ChatClient(Endpoint(server.url, key, server.model), limits=LIMITS)
        with pytest.raises(ModelError) as caught:
            await ask(chat, request(stream=stream))
        assert len(server.asked) == 1
    return caught.value


@both_ways
@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_passing_failures_are_tried_again_and_told(status: int, stream: bool) -> None:
    answer = await answer_to(Status(status, "wait a little"), Reply(content="here"), stream=stream)
    assert answer.message.content == "here"
    assert [(r.attempt, str(status) in r.reason, "wait a little" in r.reason) for r in answer.retries] == [
        (1, True, True)
    ]


async def test_a_gateways_error_page_is_a_passing_failure_too() -> None:
    answer = await answer_to(html("502 Bad Gateway", 502), Reply(content="here"))
    assert answer.message.content == "here"
    assert "502 Bad Gateway" in answer.retries[0].reason


async def test_a_web_page_from_an_endpoint_that_has_replied_before_is_one_as_well() -> None:
    with ModelServer(Reply(content="one"), html("Maintenance"), Reply(content="two")) as server:
        chat = client(server)
        await ask(chat, request())
        answer = await ask(chat, request())
    assert answer.message.content == "two"
    assert "Maintenance" in answer.retries[0].reason


async def test_an_error_within_a_stream_is_judged_by_its_code() -> None:
    def event(code: int, words: str) -> Raw:
        return Raw((f"data: {json.dumps({'error': {'message': words, 'code': code}})}\n\n".encode(),))

    answer = await answer_to(event(503, "out of memory"), Reply(content="here"), stream=True)
    assert answer.message.content == "here"
    assert isinstance(await refusal(event(400, "no such thing"), stream=True), ModelRefused)
    too_long = "The input (9 tokens) is longer than the model's context length (8 tokens)."
    assert isinstance(await refusal(event(400, too_long), stream=True), ContextOverflow)


async def test_when_nothing_helps_the_message_names_the_address_and_what_to_do() -> None:
    with ModelServer(*[Status(503, "loading")] * 9) as server:
        chat = client(server)
        with pytest.raises(ModelUnavailable) as caught:
            await ask(chat, request())
        assert len(server.asked) == QUICK.attempts
    assert caught.value.exit_code == 75
    for words in (server.url, "3 attempts", "loading", "--base-url", "MIMOSA_BASE_URL"):
        assert words in str(caught.value)


async def test_where_nothing_listens_the_model_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    chat = ChatClient(Endpoint(url, model="m"), limits=LIMITS)
    with pytest.raises(ModelUnavailable, match="no connection"):
        await ask(chat, request())


async def test_a_silent_server_is_given_up_after_few_attempts() -> None:
    limits = Limits(RetryPolicy(attempts=9, first_wait_s=0.01), QUICK, Timeouts(whole_s=0.05))
    with ModelServer(*[Reply(content="late", delay_s=0.4)] * 9) as server:
        with pytest.raises(ModelUnavailable, match="silent"):
            await ask(client(server, limits=limits), request())
        assert len(server.asked) == limits.retry.timeouts


def test_waits_grow_with_jitter_and_are_bounded() -> None:
    policy = RetryPolicy(attempts=6, first_wait_s=2, max_wait_s=30, jitter=0.25)
    for attempt, least in enumerate((2, 4, 8, 16, 30), start=1):
        assert least <= policy.wait_s(attempt, None) <= least * 1.25
    assert len({policy.wait_s(1, None) for _ in range(20)}) > 1


def test_a_servers_retry_after_counts_up_to_a_bound() -> None:
    policy = RetryPolicy(max_retry_after_s=60)
    assert policy.wait_s(1, 7) == 7
    assert policy.wait_s(1, 3600) == 60
    assert policy.wait_s(1, -5) == 0


async def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for value, wait in (("0.02", 0.02), (date, QUICK.max_retry_after_s)):
        answer = await answer_to(Status(429, headers={"Retry-After": value}), Reply(content="here"))
        assert answer.retries[0].wait_s == pytest.approx(wait)
    unreadable = await answer_to(Status(429, headers={"Retry-After": "soon"}), Reply(content="here"))
    assert unreadable.message.content == "here"


def test_attempts_are_counted_to_the_last() -> None:
    attempts = Attempts(RetryPolicy(attempts=3), "there")
    assert [attempts.after(AttemptFailed("x")).attempt for _ in range(2)] == [1, 2]
    with pytest.raises(ModelUnavailable, match="3 attempts"):
        attempts.after(AttemptFailed("x"))


@both_ways
@pytest.mark.parametrize(
    "words",
    [
        "The input (300000 tokens) is longer than the model's context length (262144 tokens).",
        "Requested token count exceeds the model's maximum context length of 262144 tokens. You requested …",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
        "the request exceeds the available context size, try increasing it",
        "Input length (9 tokens) exceeds the maximum allowed length (8 tokens).",
        "prompt is too long: 200001 tokens > 200000 maximum",
    ],
    ids=["sglang", "sglang total", "openai", "vllm", "llama.cpp", "sglang scheduler", "others"],
)
async def test_a_prompt_longer_than_the_context_is_an_overflow(words: str, stream: bool) -> None:
    error = await refusal(Status(400, words), stream=stream)
    assert isinstance(error, ContextOverflow)
    assert error.exit_code == 4


@pytest.mark.parametrize(
    "body",
    [
        {
            "error": {
                "message": "too many tokens",
                "code": "context_length_exceeded",
                "type": "invalid_request_error",
            }
        },
        {"error": {"code": 400, "message": "too many tokens", "type": "exceed_context_size_error", "n_ctx": 8}},
    ],
    ids=["openai", "llama.cpp"],
)
async def test_an_overflow_is_known_by_its_code_too(body: object) -> None:
    assert isinstance(await refusal(Status(400, body=json.dumps(body))), ContextOverflow)


async def test_a_body_too_large_for_the_server_is_an_overflow() -> None:
    assert isinstance(await refusal(html("413 Request Entity Too Large", 413)), ContextOverflow)


@both_ways
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_names_the_variable_and_never_the_key(status: int, stream: bool) -> None:
    error = await refusal(Status(status, f"Incorrect API key provided: {KEY}"), stream=stream, key=KEY)
    assert isinstance(error, ModelRefused)
    assert error.exit_code == 2
    assert "MIMOSA_API_KEY" in str(error)
    assert "Incorrect API key" in str(error)
    assert KEY not in str(error)


async def test_other_refusals_have_the_servers_words_and_not_too_many() -> None:
    error = await refusal(Status(422, "temperature must be lower. " * 1000))
    assert isinstance(error, ModelRefused)
    assert "422" in str(error)
    assert "temperature must be lower" in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "body",
    ['{"detail":"Not Found"}', '{"error":"no model x"}', '{"error":{"message":"no model x"}}', "not found", ""],
)
async def test_a_404_says_to_check_address_and_model(body: str) -> None:
    error = await refusal(Status(404, body=body))
    assert isinstance(error, ModelRefused)
    assert "--base-url" in str(error)
    assert "--model" in str(error)


async def test_an_exhausted_account_is_not_asked_again() -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    assert isinstance(await refusal(Status(429, body=json.dumps(body))), ModelRefused)


@both_ways
@pytest.mark.parametrize("status", [200, 400, 404])
async def test_an_endpoint_that_answers_html_is_no_chat_endpoint(status: int, stream: bool) -> None:
    error = await refusal(html("Sign in to  Example", status), stream=stream)
    assert isinstance(error, ModelRefused)
    assert '"Sign in to Example"' in str(error)
    assert "no chat-completions endpoint" in str(error)
    assert "127.0.0.1" in str(error)


async def test_html_without_its_content_type_is_html_too() -> None:
    error = await refusal(Raw((b"\n<!doctype HTML><p>Welcome",), "text/plain"))
    assert '"Welcome"' in str(error)


async def test_a_redirect_names_where_it_leads() -> None:
    error = await refusal(Raw((b"",), status=308, headers={"Location": "https://example.org/v1?token=t"}))
    assert "https://example.org/v1" in str(error)
    assert "token" not in str(error)


async def test_json_that_is_no_completion_is_refused_with_its_words() -> None:
    error = await refusal(Raw((b'{"message": "hello from another service"}',), "application/json"))
    assert "hello from another service" in str(error)


async def test_an_error_with_status_200_is_an_error() -> None:
    error = await refusal(Raw((b'{"error": {"message": "bad request", "code": 400}}',), "application/json"))
    assert "bad request" in str(error)


@pytest.mark.parametrize("data", [b"", b'{"choices": [{"mess', b'{"choices": []}'])
async def test_an_answer_cut_short_is_asked_again(data: bytes) -> None:
    answer = await answer_to(Raw((data,), "application/json"), Reply(content="whole"))
    assert answer.message.content == "whole"


async def test_a_connection_that_breaks_within_an_answer_is_asked_again() -> None:
    answer = await answer_to(Reply(content="whole", drop_after=30), Reply(content="whole"))
    assert answer.message.content == "whole"
    assert "connection broke" in answer.retries[0].reason


async def test_closing_the_stream_early_ends_the_request_at_the_server() -> None:
    with ModelServer(Hang(Reply(content="a long answer " * 10))) as server:
        chat = client(server)
        stream = chat.chat(request(stream=True))
        await anext(stream)
        assert not server.gone.is_set()
        await stream.aclose()
        assert server.gone.wait(5)
        await chat.close()


async def test_cancelling_an_unstreamed_request_ends_it_at_the_server() -> None:
    with ModelServer(Hang()) as server:
        task = asyncio.create_task(ask(client(server), request()))
        assert await asyncio.to_thread(server.reached.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.gone.wait, 5)
