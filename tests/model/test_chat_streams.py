"""Streams: however the bytes are cut, the same message comes out, the one that a whole answer would have given."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from model_asking import GENERIC, MIMO, answer_to, request
from model_server import Call, Raw, Reply, completion, events

from model_runtime.assemble import Assembler
from model_runtime.base import CallDelta, ContentDelta, ReasoningDelta
from model_runtime.messages import AssistantMessage
from model_runtime.repairs.mend import mend
from model_runtime.reply import whole_reply
from model_runtime.sse import EventDecoder

arguments = st.dictionaries(st.sampled_from(["command", "x"]), st.text(max_size=30) | st.integers(), max_size=2)
calls = st.builds(
    Call, name=st.sampled_from(["bash", "mixed"]), arguments=arguments, id=st.sampled_from(["auto", None, "same"])
)
replies = st.builds(
    Reply,
    content=st.none() | st.text(max_size=60),
    reasoning=st.none() | st.text(max_size=60),
    calls=st.lists(calls, max_size=3).map(tuple),
    finish_reason=st.sampled_from(["auto", "length"]),
    chunk=st.integers(min_value=1, max_value=20),
)
cuts = st.lists(st.integers(min_value=0, max_value=20_000), max_size=12)


def read(pieces: list[bytes]) -> Assembler:
    decoder, assembler = EventDecoder(), Assembler()
    data = [text for piece in pieces for text in decoder.feed(piece)] + list(decoder.end())
    for text in data:
        if text != "[DONE]":
            list(assembler.feed(json.loads(text)))
    return assembler


def pieces_of(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


def message_of(assembler: Assembler) -> AssistantMessage:
    return mend(assembler.reply(), request(), GENERIC).message


@given(replies, cuts, st.sampled_from([b"\n", b"\r\n", b"\r"]))
@settings(deadline=None)
def test_any_chunking_of_any_reply_gives_the_same_message(reply: Reply, places: list[int], newline: bytes) -> None:
    stream = b"".join(events(reply, 1, "m", b"{}", with_usage=True)).replace(b"\n", newline)
    whole = whole_reply(completion(reply, 1, "m", b"{}"))
    assert whole is not None
    cut = read(pieces_of(stream, places))
    assert cut.reply() == whole
    assert message_of(cut) == mend(whole, request(), GENERIC).message


@given(replies)
@settings(deadline=None, max_examples=20)
def test_a_reply_cut_at_every_byte_gives_the_same_message(reply: Reply) -> None:
    stream = b"".join(events(reply, 1, "m", b"{}", with_usage=False))
    every = [stream[i : i + 1] for i in range(len(stream))]
    assert message_of(read(every)) == message_of(read([stream]))


def test_events_end_at_blank_lines_and_comments_are_no_data() -> None:
    decoder = EventDecoder()
    text = "\ufeff: ping\n\ndata: a\ndata:b\nid: 7\nretry\n\n\n\ndata:  c\n\ndata: last"
    assert [*decoder.feed(text.encode()), *decoder.end()] == ["a\nb", " c", "last"]


@given(cuts, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(deadline=None)
def test_an_event_of_several_lines_survives_a_cut_within_a_line_end(places: list[int], newline: str) -> None:
    decoder = EventDecoder()
    stream = newline.join(["data: a", "data: b", "", "data: c", "", ""]).encode()
    found = [text for piece in pieces_of(stream, places) for text in decoder.feed(piece)]
    assert [*found, *decoder.end()] == ["a\nb", "c"]


async def test_a_stream_over_http_one_byte_at_a_time() -> None:
    reply = Reply(reasoning="grübeln 🎉", content="fertig ✓", calls=(Call("bash", {"command": "ls ü"}),), cut=1)
    answer = await answer_to(reply, stream=True)
    assert answer.message.content == "fertig ✓"
    assert answer.streamed == ("grübeln 🎉", "fertig ✓", [("bash", '{"command": "ls \\u00fc"}')])
    assert answer.retries == []


async def test_a_streamed_and_a_whole_answer_are_the_same_reply() -> None:
    reply = Reply(
        reasoning="r", content="c", calls=(Call("bash", {"command": "ls"}), Call("bash", {"command": "pwd"}))
    )
    streamed, whole = await answer_to(reply, stream=True), await answer_to(reply)
    assert streamed.message == whole.message
    assert streamed.streamed == whole.streamed
    assert streamed.completed.finish_reason == whole.completed.finish_reason == "tool_calls"


def sse(*chunks: object) -> Raw:
    return Raw(tuple(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks))


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


async def test_a_stream_without_done_is_whole_if_it_told_why_it_stopped() -> None:
    answer = await answer_to(sse(chunk(content="hi"), chunk("stop")), stream=True)
    assert (answer.message.content, answer.retries) == ("hi", [])


async def test_a_connection_that_breaks_after_the_reply_was_whole_does_no_harm() -> None:
    raw = Raw(sse(chunk(content="hi"), chunk("stop")).pieces, drop=True)
    answer = await answer_to(raw, stream=True)
    assert (answer.message.content, answer.retries) == ("hi", [])


async def test_comments_null_fields_and_other_choices_are_tolerated() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}}], "usage": None}
    empty: dict[str, Any] = {"choices": []}
    nulls = {"choices": [{"index": 0, "delta": None, "finish_reason": None}], "usage": {"prompt_tokens": None}}
    raw = sse(
        chunk(role="assistant", content=None, tool_calls=None), other, empty, nulls, chunk("stop", content="hi")
    )
    answer = await answer_to(Raw((b": keep-alive\r\n\r\n", *raw.pieces)), stream=True)
    assert answer.message == AssistantMessage(content="hi")
    assert answer.completed.usage.prompt_tokens == 0


async def test_reasoning_under_its_other_name_is_taken() -> None:
    answer = await answer_to(sse(chunk(reasoning="why"), chunk("stop", content="hi")), stream=True)
    assert answer.message.reasoning_content == "why"


async def test_names_ids_and_arguments_in_pieces_make_one_call() -> None:
    def part(**fields: Any) -> dict[str, Any]:
        return chunk(tool_calls=[{"index": 0, **fields}])

    raw = sse(
        part(id="call_", function={"name": "ba"}),
        part(id="7", function={"name": "sh", "arguments": None}),
        part(id="call_7", function={"name": "bash", "arguments": ""}),
        part(function={"arguments": '{"command": '}),
        part(id="call_7", function={"name": "bash", "arguments": '"ls"}'}),
        chunk("tool_calls"),
    )
    answer = await answer_to(raw, stream=True)
    assert [(c.id, c.name, c.arguments) for c in answer.message.tool_calls] == [
        ("call_7", "bash", '{"command": "ls"}')
    ]
    assert answer.streamed[2] == [("bash", '{"command": "ls"}')]


async def test_calls_that_all_say_index_0_are_told_apart() -> None:
    def whole(id_: str, command: str) -> dict[str, Any]:
        function = {"name": "bash", "arguments": json.dumps({"command": command})}
        return chunk(tool_calls=[{"index": 0, "id": id_, "function": function}])

    answer = await answer_to(sse(whole("a", "ls"), whole("b", "pwd"), chunk("tool_calls")), stream=True)
    assert [(c.id, json.loads(c.arguments)["command"]) for c in answer.message.tool_calls] == [
        ("a", "ls"),
        ("b", "pwd"),
    ]


def test_a_character_split_into_two_escapes_is_joined() -> None:
    assembler = Assembler()
    deltas = [*assembler.feed(chunk(content="\ud83c")), *assembler.feed(chunk("stop", content="\udf89 done"))]
    assert assembler.reply().content == "🎉 done"
    for delta in deltas:
        assert isinstance(delta, ContentDelta)
        delta.text.encode()


def test_deltas_come_in_the_order_of_the_stream() -> None:
    assembler = Assembler()
    call = {"index": 0, "id": "a", "function": {"name": "bash", "arguments": "{}"}}
    deltas = [
        *assembler.feed(chunk(reasoning_content="r")),
        *assembler.feed(chunk(content="c")),
        *assembler.feed(chunk(tool_calls=[call])),
        *assembler.feed(chunk("tool_calls")),
    ]
    assert deltas == [ReasoningDelta("r"), ContentDelta("c"), CallDelta(0, "bash", ""), CallDelta(0, "", "{}")]


async def test_usage_is_read_with_its_cached_tokens() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 90}}
    for stream in (False, True):
        answer = await answer_to(Reply(content="x", usage=usage), stream=stream)
        found = answer.completed.usage
        assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == (100, 7, 90)


async def test_a_server_that_does_not_stream_although_asked_is_understood() -> None:
    body = json.dumps(completion(Reply(content="hi"), 1, "m", b"")).encode()
    answer = await answer_to(Raw((body,), "application/json"), stream=True)
    assert (answer.message.content, answer.streamed[1]) == ("hi", "hi")


async def test_a_server_that_streams_although_not_asked_is_understood() -> None:
    answer = await answer_to(sse(chunk(content="hi"), chunk("stop")))
    assert answer.message.content == "hi"


def test_a_profile_for_mimo_reads_the_same_stream() -> None:
    assembler = read([b"".join(events(Reply(content="hi"), 1, "m", b"{}", with_usage=True))])
    assert mend(assembler.reply(), request(), MIMO).message.content == "hi"
