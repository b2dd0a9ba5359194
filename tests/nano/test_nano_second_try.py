"""An edit that cannot help gives way to the next best one."""

import json

from model_runtime.base import CallDelta, ChatRequest, Completed, Sampling
from model_runtime.messages import AssistantMessage, Message, ToolCall, ToolMessage
from model_runtime.nano.at_hand import SHIPPED
from model_runtime.nano.client import NanoModel
from model_runtime.nano.plausible import may_help, normal
from model_runtime.nano.second_try import first_try
from model_runtime.nano.second_try import tried as tried_in
from model_runtime.nano.template import GENERATION, render
from tests.nano.made_session import session

NUMBERED = "     1  def f():\n"
REFUSED = "old_str and new_str are the same: there is nothing to change."


async def edit(*more: Message) -> tuple[dict[str, str], Completed, str]:
    """The arguments of the next edit, the reply, and what streamed of the arguments."""
    tools, messages = session()
    asked = ChatRequest((*messages, *more), tools, sampling=Sampling(temperature=0, max_tokens=400))
    deltas = [delta async for delta in NanoModel(SHIPPED).chat(asked)]
    completed = deltas[-1]
    assert isinstance(completed, Completed)
    (call,) = completed.message.tool_calls
    assert call.name == "str_replace"
    streamed = "".join(delta.arguments for delta in deltas if isinstance(delta, CallDelta))
    return json.loads(call.arguments), completed, streamed


async def test_each_try_is_another_edit_and_the_same_in_each_run() -> None:
    tried: list[Message] = []
    seen: list[str] = []
    for number in range(3):
        arguments, completed, streamed = await edit(*tried)
        again, _, _ = await edit(*tried)
        assert arguments == again == json.loads(streamed)
        assert arguments["new_str"] not in (*seen, arguments["old_str"])
        seen += [arguments["old_str"], arguments["new_str"]]
        call = completed.message.tool_calls[0].model_copy(update={"id": f"call_{number}"})
        tried += [
            completed.message.model_copy(update={"tool_calls": (call,)}),
            ToolMessage(content=REFUSED, tool_call_id=call.id),
        ]
    _, messages = session()
    assert tried_in([*messages, *tried]) == {normal(text.encode()) for text in seen}


async def test_what_other_tries_cost_is_counted() -> None:
    model = NanoModel(SHIPPED)
    tools, messages = session()
    arguments, first, _ = await edit()
    call = ToolCall(id="call_9", name="str_replace", arguments=json.dumps(arguments))
    more = (AssistantMessage(tool_calls=(call,)), ToolMessage(content=REFUSED, tool_call_id="call_9"))
    asked = ChatRequest((*messages, *more), tools, sampling=Sampling(temperature=0, max_tokens=400))
    (completed,) = [delta async for delta in model.chat(asked) if isinstance(delta, Completed)]
    assert completed.usage.completion_tokens == model.counters().generated
    assert completed.usage.completion_tokens > first.usage.completion_tokens


def an_edit(number: int, old: str, new: str, *, done: bool = True) -> tuple[Message, Message]:
    arguments = json.dumps({"path": "./a.py", "old_str": old, "new_str": new})
    call = ToolCall(id=f"call_{number}", name="str_replace", arguments=arguments)
    answer = "a.py now reads, around the change:\n" if done else REFUSED
    return (
        AssistantMessage(reasoning_content="Put it right.", tool_calls=(call,)),
        ToolMessage(content=answer, tool_call_id=call.id),
    )


def test_tries_at_one_place_go_back_to_the_first_of_them() -> None:
    tools, messages = session()
    assert first_try(messages, tools) is None
    assert first_try([*messages, *an_edit(0, "one", "two", done=False)], tools) is None
    chain = [
        *messages,
        *an_edit(0, "one", "two"),
        *an_edit(1, "two", "two", done=False),
        *an_edit(2, "two", "three"),
    ]
    first = first_try(chain, tools)
    assert first is not None
    assert (first.old, first.now) == (b"one", b"three")
    assert first.prompt == render(messages, tools)
    assert first.begun.startswith("<think>Put it right.</think><tool_call>")
    assert first.begun.endswith("<parameter=old_str>one</parameter>\n<parameter=new_str>")
    assert first.prompt.endswith(GENERATION)


def test_an_edit_of_another_place_is_a_first_try_again() -> None:
    tools, messages = session()
    first = first_try([*messages, *an_edit(0, "one", "two"), *an_edit(1, "other", "new")], tools)
    assert first is not None
    assert (first.old, first.now) == (b"other", b"new")


async def test_a_later_try_changes_what_stood_there_first() -> None:
    arguments, completed, _ = await edit()
    call = completed.message.tool_calls[0].model_copy(update={"id": "call_0"})
    made = completed.message.model_copy(update={"tool_calls": (call,)})
    answer = ToolMessage(
        content=f"{arguments['path']} now reads, around the change:\n{NUMBERED}", tool_call_id="call_0"
    )
    failed = AssistantMessage(
        reasoning_content="Run the tests again.",
        tool_calls=(
            ToolCall(id="call_1", name="bash", arguments='{"command": "python3 -m pytest -q -x --tb=short"}'),
        ),
    )
    _, messages = session()
    run = next(message for message in messages if isinstance(message, ToolMessage))
    again, _, _ = await edit(made, answer, failed, run.model_copy(update={"tool_call_id": "call_1"}))
    assert again["old_str"] == arguments["new_str"]
    assert may_help(arguments["old_str"].encode(), again["new_str"].encode())
    assert again["new_str"] != arguments["new_str"]
