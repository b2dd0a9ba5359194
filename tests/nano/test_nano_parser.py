"""The model's text comes apart into what a server would have sent, however it is cut."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_runtime.base import CallDelta, ContentDelta, ReasoningDelta, ToolSchema, Usage
from model_runtime.nano.parser import ReplyParser
from model_runtime.reply import RawReply

BASH = ToolSchema(
    name="bash",
    description="",
    parameters={"properties": {"command": {"type": "string"}, "timeout": {"type": "integer"}}},
)
CALL = (
    "<tool_call>\n<function=bash>\n<parameter=command>ls\n -l</parameter>\n<parameter=timeout>3</parameter>\n"
    "</function>\n</tool_call>"
)
PLAIN = "<tool_call>\n<function=bash>\n</function>\n</tool_call>"


def taken_apart(pieces: list[str], tools: tuple[ToolSchema, ...] = (BASH,)) -> RawReply:
    """The reply; what was told on the way has to be the same."""
    parser = ReplyParser(tools)
    told = [delta for piece in pieces for delta in parser.feed(piece)] + list(parser.end())
    reply = parser.reply("stop", Usage())
    assert "".join(d.text for d in told if isinstance(d, ReasoningDelta)) == reply.reasoning
    arguments = [""] * len({d.index for d in told if isinstance(d, CallDelta)})
    for delta in told:
        if isinstance(delta, CallDelta):
            arguments[delta.index] += delta.arguments
    if len(arguments) == len(reply.calls):
        assert arguments == [call.arguments for call in reply.calls]
        assert "".join(d.text for d in told if isinstance(d, ContentDelta)) == reply.content
    return reply


def test_thinking_content_and_a_call() -> None:
    reply = taken_apart([f"<think>I look.</think>Looking.{CALL}"])
    assert (reply.reasoning, reply.content, reply.finish_reason) == ("I look.", "Looking.", "tool_calls")
    assert [json.loads(call.arguments) for call in reply.calls] == [{"command": "ls\n -l", "timeout": 3}]


@pytest.mark.parametrize("between", ["", "\n", " \n\n"])
def test_several_calls(between: str) -> None:
    reply = taken_apart([f"<think></think>{CALL}{between}{PLAIN}{between}"])
    assert [call.name for call in reply.calls] == ["bash", "bash"]
    assert (reply.content, reply.calls[1].arguments) == ("", "{}")


def test_a_value_may_hold_marks() -> None:
    value = "sed 's/<parameter=x>/<\\/parameter>/' </think> <tool_call>"
    call = CALL.replace("ls\n -l", value)
    assert json.loads(taken_apart([call]).calls[0].arguments)["command"] == value


def test_a_reply_without_thinking_is_content() -> None:
    assert taken_apart(["<thin", "king> aloud"]).content == "<thinking> aloud"


def test_a_call_that_is_cut_off_stays_text() -> None:
    reply = taken_apart([f"Now{CALL[:50]}"])
    assert reply.calls == ()
    assert reply.content == f"Now{CALL[:50]}"


def test_without_tools_nothing_is_a_call() -> None:
    assert taken_apart([f"So: {CALL}"], ()).content == f"So: {CALL}"


marks = st.sampled_from(["<think>", "</think>", "<tool_call>", CALL, PLAIN, "\n", "<", "</parameter>", "so"])
texts = st.lists(st.one_of(marks, st.text("<abk/>= \n", max_size=5)), max_size=6).map("".join)


@settings(deadline=None)
@example(f"{CALL}<think> ", [1])  # a blank at the end belongs to what was said behind a call
@given(texts, st.lists(st.integers(1, 9), min_size=1))
def test_where_the_text_is_cut_does_not_matter(text: str, sizes: list[int]) -> None:
    pieces, at = [], 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    assert taken_apart(pieces) == taken_apart([text])
