"""The request as bytes: every request begins with the bytes of the one before it."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_asking import BASH, GENERIC, HEAD, MIMO, TOOLS, request

from model_runtime.base import ChatRequest, Sampling
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage
from model_runtime.profiles import Profile
from model_runtime.wire import CLOSING, BodyWriter

texts = st.text(max_size=40)
calls = st.builds(ToolCall, id=texts, name=st.sampled_from(["bash", "nonsense"]), arguments=texts)
replies = st.builds(
    AssistantMessage, content=texts, reasoning_content=texts, tool_calls=st.lists(calls, max_size=3).map(tuple)
)
messages = st.one_of(
    st.builds(UserMessage, content=texts),
    replies,
    st.builds(ToolMessage, tool_call_id=texts, content=texts),
)


def bodies_of(history: tuple[Message, ...], profile: Profile, *, stream: bool) -> list[bytes]:
    writer = BodyWriter(profile)
    lengths = range(2, len(history) + 1)
    return [written(writer, ChatRequest(history[:n], TOOLS, stream=stream), "m") for n in lengths]


def written(writer: BodyWriter, request: ChatRequest, model: str) -> bytes:
    return b"".join(writer.body(request, model).pieces)


def request_body(request: ChatRequest, model: str, profile: Profile) -> bytes:
    """What a new writer writes."""
    return written(BodyWriter(profile), request, model)


@pytest.mark.parametrize(
    "profile", [MIMO, GENERIC, Profile(name="silent", send_reasoning="never")], ids=lambda p: p.name
)
@pytest.mark.parametrize("stream", [False, True])
def test_each_request_is_a_byte_prefix_of_the_next(profile: Profile, stream: bool) -> None:
    @given(st.lists(messages, max_size=8))
    @settings(deadline=None)
    def holds(more: list[Message]) -> None:
        bodies = bodies_of((*HEAD, *more), profile, stream=stream)
        for earlier, later in itertools.pairwise(bodies):
            assert earlier.endswith(CLOSING)
            assert later.startswith(earlier.removesuffix(CLOSING))

    holds()


@given(st.lists(messages, max_size=8))
@settings(deadline=None)
def test_a_body_is_plain_json_of_the_messages_however_often_they_were_sent(more: list[Message]) -> None:
    history = (*HEAD, *more)
    last = bodies_of(history, MIMO, stream=False)[-1]
    assert last == request_body(ChatRequest(history, TOOLS), "m", MIMO)
    assert json.loads(last)["messages"] == [message.to_wire() for message in history]


def test_many_short_sessions_are_written_right_by_one_writer() -> None:
    writer = BodyWriter(MIMO)
    for number in range(200):  # each message is gone when the next one is made, most often in its place
        body = json.loads(written(writer, ChatRequest((UserMessage(content=f"task {number}"),)), "m"))
        assert body["messages"][0]["content"] == f"task {number}"


def test_messages_are_the_last_key_and_the_order_is_fixed() -> None:
    body = json.loads(request_body(request(stream=True), "mimo-v2-flash", MIMO))
    assert list(body) == [
        "model",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "max_tokens",
        "chat_template_kwargs",
        "tools",
        "tool_choice",
        "messages",
    ]


def test_mimo_is_asked_to_think_and_to_keep_all_reasoning_with_the_advised_sampling() -> None:
    body = json.loads(request_body(request(), "mimo-v2-flash", MIMO))
    assert body["chat_template_kwargs"] == {"enable_thinking": True, "keep_all_reasoning": True}
    assert (body["temperature"], body["top_p"]) == (0.3, 0.95)
    assert body["stream"] is False
    assert "stream_options" not in body


def test_sampling_is_the_requests() -> None:
    what = ChatRequest(HEAD, sampling=Sampling(temperature=0.8, top_p=0.5, max_tokens=7))
    body = json.loads(request_body(what, "m", MIMO))
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.8, 0.5, 7)


def test_tools_have_the_chat_completions_shape() -> None:
    body = json.loads(request_body(request(tools=(BASH,)), "m", MIMO))
    function = {"name": "bash", "description": BASH.description, "parameters": BASH.parameters}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert body["tool_choice"] == "auto"


def test_without_tools_neither_tools_nor_tool_choice_is_sent() -> None:
    body = json.loads(request_body(request(tools=()), "m", MIMO))
    assert "tools" not in body
    assert "tool_choice" not in body


def test_mimo_gets_every_reasoning_back_even_an_empty_one() -> None:
    history = request(AssistantMessage(content="a", reasoning_content="why"), AssistantMessage(content="b"))
    body = json.loads(request_body(history, "m", MIMO))
    assert [m["reasoning_content"] for m in body["messages"] if m["role"] == "assistant"] == ["why", ""]


def test_an_unknown_endpoint_gets_reasoning_back_only_where_it_gave_some() -> None:
    history = request(AssistantMessage(content="a", reasoning_content="why"), AssistantMessage(content="b"))
    said = [m for m in json.loads(request_body(history, "m", GENERIC))["messages"] if m["role"] == "assistant"]
    assert said[0]["reasoning_content"] == "why"
    assert "reasoning_content" not in said[1]
    assert "chat_template_kwargs" not in json.loads(request_body(history, "m", GENERIC))


def test_text_is_sent_as_it_is_not_escaped() -> None:
    assert "grüße 🎉".encode() in request_body(ChatRequest((UserMessage(content="grüße 🎉"),)), "m", MIMO)


def test_half_a_surrogate_pair_does_not_stop_a_request() -> None:
    body = request_body(ChatRequest((UserMessage(content="a\udcffb \ud83c\udf89"),)), "m", MIMO)
    assert json.loads(body)["messages"][0]["content"] == "a\N{REPLACEMENT CHARACTER}b 🎉"


def test_no_system_message_is_ever_added() -> None:
    history = (SystemMessage(content="s"), UserMessage(content="u"), AssistantMessage(content="a"))
    roles = [m["role"] for m in json.loads(request_body(ChatRequest(history, TOOLS), "m", MIMO))["messages"]]
    assert roles == ["system", "user", "assistant"]
