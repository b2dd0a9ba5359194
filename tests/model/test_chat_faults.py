"""Each fault of the field that a client can see, injected by a real server, and what becomes of it.

The faults are those reported against MiMo-V2-Flash and SGLang; each test names where.
"""

import json

import pytest
from model_asking import GENERIC, HEAD, MIMO, TOOLS, answer_to, ask, client, request
from model_server import Call, Hang, ModelServer, Raw, Reply

from model_runtime.base import ChatRequest, Retrying
from model_runtime.messages import AssistantMessage, ToolCall

XML = "<tool_call>\n<function=bash>\n<parameter=command>ls -la</parameter>\n</function>\n</tool_call>"
UNKNOWN = XML.replace("=bash", "=execute")
NO_THINKING = MIMO.model_copy(update={"chat_template_kwargs": {"enable_thinking": False}})
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def commands(message: AssistantMessage) -> list[str]:
    return [json.loads(call.arguments)["command"] for call in message.tool_calls]


@both_ways
async def test_a_call_inside_the_thinking_is_executed(stream: bool) -> None:
    """XiaomiMiMo/MiMo-V2-Flash issue 23."""
    answer = await answer_to(Reply(reasoning=f"I should look first.\n{XML}"), stream=stream)
    assert commands(answer.message) == ["ls -la"]
    assert answer.message.reasoning_content == "I should look first.\n"
    assert answer.message.content == ""
    assert answer.completed.finish_reason == "tool_calls"
    assert "call_in_reasoning" in answer.repairs


@both_ways
async def test_a_call_printed_as_content_is_executed(stream: bool) -> None:
    """vibe issues 594 and 82, kimi issue 443: calls printed as text with local servers."""
    answer = await answer_to(Reply(reasoning="r", content=f"Let me see.\n{XML}\n{XML}\n"), stream=stream)
    assert commands(answer.message) == ["ls -la", "ls -la"]
    assert answer.message.content == "Let me see.\n"
    assert len({call.id for call in answer.message.tool_calls}) == 2
    assert "call_in_content" in answer.repairs


async def test_a_call_that_the_model_thought_of_and_dropped_is_not_executed() -> None:
    answer = await answer_to(Reply(reasoning=f"I could run {XML} but that is not needed.", content="It is fine."))
    assert answer.message.tool_calls == ()
    assert XML in answer.message.reasoning_content


async def test_a_call_in_a_thinking_without_end_is_not_executed() -> None:
    answer = await answer_to(Reply(reasoning=f"I could run {XML} or not. " * 9, finish_reason="length"))
    assert answer.message.tool_calls == ()
    assert answer.completed.finish_reason == "length"


async def test_a_call_in_the_thinking_beside_a_real_one_is_not_executed() -> None:
    answer = await answer_to(Reply(reasoning=XML, content=XML, calls=(Call("bash", {"command": "pwd"}),)))
    assert commands(answer.message) == ["pwd"]
    assert answer.message.reasoning_content == XML
    assert answer.repairs == []


@both_ways
async def test_a_call_cut_off_at_the_length_is_not_executed(stream: bool) -> None:
    answer = await answer_to(Reply(content=XML[:-20], finish_reason="length"), stream=stream)
    assert answer.message.tool_calls == ()
    assert answer.message.content == XML[:-20]
    assert answer.completed.finish_reason == "length"
    assert answer.retries == []


async def test_a_call_of_a_tool_that_there_is_not_reaches_the_tools_when_it_ends_the_content() -> None:
    """SGLang 0.5.23 gives such a call back as plain text; the tools answer which ones there are."""
    answer = await answer_to(Reply(content=f"Running.\n{UNKNOWN}"))
    assert [call.name for call in answer.message.tool_calls] == ["execute"]
    talk = await answer_to(Reply(content=f"Other agents write {UNKNOWN} for that."))
    assert talk.message.tool_calls == ()


async def test_without_tools_or_for_a_summary_no_text_is_taken_for_a_call() -> None:
    for what in (request(tools=()), ChatRequest(HEAD, TOOLS, tool_choice="none")):
        with ModelServer(Reply(content=XML)) as server:
            answer = await ask(client(server), what)
        assert (answer.message.tool_calls, answer.message.content) == ((), XML)


async def test_another_model_may_write_such_text() -> None:
    answer = await answer_to(Reply(content=XML), profile=GENERIC)
    assert (answer.message.tool_calls, answer.message.content) == ((), XML)


@both_ways
async def test_an_answer_filed_as_reasoning_with_thinking_off_is_the_answer(stream: bool) -> None:
    """sglang PR 21414: `--reasoning-parser qwen3`."""
    answer = await answer_to(Reply(reasoning="It is done."), stream=stream, profile=NO_THINKING)
    assert answer.message == AssistantMessage(content="It is done.")
    assert answer.repairs == ["answer_in_reasoning"]


async def test_a_call_in_an_answer_filed_as_reasoning_is_executed() -> None:
    answer = await answer_to(Reply(reasoning=f"Looking.\n{XML}"), profile=NO_THINKING)
    assert commands(answer.message) == ["ls -la"]
    assert answer.message.content == "Looking.\n"
    assert answer.repairs[:2] == ["answer_in_reasoning", "call_in_content"]


async def test_reasoning_alone_with_thinking_on_is_kept_as_it_is() -> None:
    """Nobody can tell thought from answer there: the loop sees an empty content and asks on."""
    answer = await answer_to(Reply(reasoning="It is done."))
    assert answer.message == AssistantMessage(reasoning_content="It is done.")
    assert answer.repairs == []


async def test_thinking_that_a_server_without_a_reasoning_parser_leaves_in_the_content_is_reasoning() -> None:
    answer = await answer_to(Reply(content=f"<think>why</think>so\n{XML}"))
    assert (answer.message.reasoning_content, answer.message.content) == ("why", "so\n")
    assert commands(answer.message) == ["ls -la"]


async def test_a_malformed_streamed_call_is_asked_again_unstreamed() -> None:
    """sglang issues 31915 and 36339: streaming parsers lose data, whole answers do not."""
    broken = Reply(reasoning="r", calls=(Call("bash", '{"command": "ls'),))
    good = Reply(reasoning="r", calls=(Call("bash", {"command": "ls"}),))
    with ModelServer(broken, good) as server:
        answer = await ask(client(server), request(stream=True))
    assert [asked.json["stream"] for asked in server.asked] == [True, False]
    assert commands(answer.message) == ["ls"]
    assert answer.repairs == ["reasked_unstreamed"]
    assert isinstance(answer.retries[0], Retrying)  # what was streamed is void
    assert answer.streamed == ("r", "", [("bash", '{"command": "ls"}')])


@pytest.mark.parametrize(
    "broken",
    [
        Reply(calls=(Call(None, {"command": "ls"}),)),
        Reply(calls=(Call("bash", '["ls"]'),)),
        Reply(content="ls</parameter>\n</function>\n</tool_call>"),
        Reply(content="", finish_reason="tool_calls"),
    ],
    ids=["no name", "a list", "the tail of a call as text", "no call at all"],
)
async def test_any_streamed_call_with_parts_missing_is_asked_again_unstreamed(broken: Reply) -> None:
    answer = await answer_to(broken, Reply(calls=(Call("bash", {"command": "ls"}),)), stream=True)
    assert commands(answer.message) == ["ls"]
    assert answer.repairs == ["reasked_unstreamed"]


async def test_the_second_question_is_not_a_third_if_that_answer_is_malformed_too() -> None:
    broken = Reply(calls=(Call("bash", "{nonsense"),))
    answer = await answer_to(broken, broken, stream=True)
    assert json.loads(answer.message.tool_calls[0].arguments) == {"malformed_arguments": "{nonsense"}
    assert answer.repairs == ["reasked_unstreamed", "malformed_arguments"]


@pytest.mark.parametrize(
    "raw", ['{"command": "ls', '["ls"]', '"ls"', "null", "ls -la", '{"a": NaN}', "[" * 100_000]
)
async def test_arguments_that_are_no_object_become_one_that_holds_their_text(raw: str) -> None:
    answer = await answer_to(Reply(calls=(Call("bash", raw),)))
    assert json.loads(answer.message.tool_calls[0].arguments) == {"malformed_arguments": raw}
    assert answer.repairs == ["malformed_arguments"]


@pytest.mark.parametrize("raw", ["", "  \n", None])
async def test_empty_arguments_are_an_empty_object(raw: str | None) -> None:
    answer = await answer_to(Reply(calls=(Call("bash", raw),)))
    assert answer.message.tool_calls[0].arguments == "{}"
    assert answer.repairs == []


async def test_arguments_keep_the_text_that_the_server_gave() -> None:
    raw = '{ "command":"ls" ,"timeout": 1.50}'
    answer = await answer_to(Reply(calls=(Call("bash", raw),)))
    assert answer.message.tool_calls[0].arguments == raw


async def test_arguments_with_half_a_character_can_be_sent_back() -> None:
    answer = await answer_to(Reply(calls=(Call("bash", '{"command": "echo \\ud83c"}'),)))
    assert commands(answer.message) == ["echo \N{REPLACEMENT CHARACTER}"]


@both_ways
async def test_a_null_for_a_required_string_was_the_word_null(stream: bool) -> None:
    """SGLang 0.5.23, mimo_detector.py; sglang PR 40633."""
    call = Call("str_replace", {"path": "a.py", "old_str": None, "new_str": "None", "note": None})
    answer = await answer_to(Reply(calls=(call,)), stream=stream)
    assert json.loads(answer.message.tool_calls[0].arguments) == {
        "path": "a.py",
        "old_str": "null",
        "new_str": "None",
        "note": None,
    }
    assert answer.repairs == ["null_restored"]


async def test_a_null_of_another_model_is_its_own_fault() -> None:
    answer = await answer_to(Reply(calls=(Call("bash", {"command": None}),)), profile=GENERIC)
    assert json.loads(answer.message.tool_calls[0].arguments) == {"command": None}


async def test_html_entities_are_kept_where_the_models_own_text_is_at_hand() -> None:
    """SGLang 0.5.23, mimo_detector.py unescapes values; here nothing is."""
    answer = await answer_to(Reply(content=XML.replace("ls -la", "echo '&lt;b&gt;' &amp;&amp; echo null")))
    assert commands(answer.message) == ["echo '&lt;b&gt;' &amp;&amp; echo null"]


async def test_identical_calls_of_one_reply_have_ids_of_their_own() -> None:
    """MiMo-Code issue 2436: 30 to 40 identical calls in one response."""
    many = tuple(Call("bash", {"command": "ls"}, id=None if i % 2 else "same") for i in range(30))
    answer = await answer_to(Reply(calls=many))
    assert len({call.id for call in answer.message.tool_calls}) == 30
    assert answer.repairs == ["call_id"]


async def test_made_up_ids_are_the_same_each_time_and_not_those_of_the_history() -> None:
    earlier = AssistantMessage(tool_calls=(ToolCall(id="call_1", name="bash", arguments="{}"),))
    script = Reply(calls=(Call("bash", {}, id=None), Call("bash", {}, id="call_1"), Call("bash", {}, id="")))
    found = []
    for stream in (False, True):
        with ModelServer(script) as server:
            answer = await ask(client(server), request(earlier, stream=stream))
        found.append([call.id for call in answer.message.tool_calls])
    assert found[0] == found[1] == ["call_2", "call_3", "call_4"]


async def test_the_client_sends_the_system_message_first_and_adds_none() -> None:
    """MiMo-Code issue 12: "System message must be at the beginning" on strict servers."""
    with ModelServer(Reply(calls=(Call("bash", "{broken"),)), Reply(content="ok")) as server:
        await ask(client(server), request(AssistantMessage(content="a"), stream=True))
    for asked in server.asked:
        assert [m["role"] for m in asked.json["messages"]] == ["system", "user", "assistant"]


async def test_thinking_is_told_while_it_goes_on_so_that_an_endless_one_can_be_stopped() -> None:
    """XiaomiMiMo/MiMo-Code issues 250 and 2014."""
    with ModelServer(Hang(Reply(reasoning="the same again. " * 50))) as server:
        chat = client(server)
        stream = chat.chat(request(stream=True))
        seen = ""
        async for delta in stream:
            seen += getattr(delta, "text", "")
            if len(seen) > 200:
                break
        await stream.aclose()
        assert server.gone.wait(5)
        await chat.close()


async def test_an_aborted_reply_is_asked_again() -> None:
    answer = await answer_to(Reply(content="hal", finish_reason="abort"), Reply(content="whole"))
    assert answer.message.content == "whole"
    assert len(answer.retries) == 1


async def test_a_broken_stream_is_discarded_and_asked_again() -> None:
    answer = await answer_to(
        Reply(content="half of it" * 20, drop_after=900),
        Reply(content="never told why it stopped", finish_reason=None),
        Reply(content="whole"),
        stream=True,
    )
    assert answer.message.content == "whole"
    assert answer.streamed[1] == "whole"
    assert len(answer.retries) == 2


@pytest.mark.parametrize("data", [b"data: {nonsense\n\n", b"data: [1]\n\n", b"\xff\xfe\x00data", b""])
async def test_a_stream_that_is_none_is_asked_again(data: bytes) -> None:
    answer = await answer_to(Raw((data,)), Reply(content="whole"), stream=True)
    assert answer.message.content == "whole"
    assert len(answer.retries) == 1
