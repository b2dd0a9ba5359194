"""Our template and the one that servers run give the same bytes."""

import json
from importlib.resources import files
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from model_runtime.base import ToolSchema
from model_runtime.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from model_runtime.nano.template import render


def jinja(messages: list[Message], tools: list[ToolSchema], *, generate: bool) -> str:
    """As transformers renders, and SGLang with it: the same settings, arguments parsed, tools as functions."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    source = files("model_runtime.nano").joinpath("chat_template.jinja").read_text(encoding="utf-8")
    wires = [message.to_wire() for message in messages]
    for wire in wires:
        for call in wire.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    described = [tool.model_dump() for tool in tools] or None
    return environment.from_string(source).render(messages=wires, tools=described, add_generation_prompt=generate)


names = st.text("abc_", min_size=1, max_size=6)
values: st.SearchStrategy[Any] = st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.lists(names))
calls = st.builds(
    lambda name, arguments: ToolCall(id="call_0", name=name, arguments=json.dumps(arguments)),
    names,
    st.dictionaries(names, values, max_size=3),
)
assistants = st.builds(
    AssistantMessage,
    content=st.text(max_size=20),
    reasoning_content=st.text(max_size=20),
    tool_calls=st.lists(calls, max_size=2).map(tuple),
)
results = st.builds(ToolMessage, tool_call_id=st.just("call_0"), content=st.text(max_size=20))
users = st.builds(UserMessage, content=st.text(max_size=20))
systems = st.builds(SystemMessage, content=st.text(max_size=20))
histories = st.tuples(
    st.lists(systems, max_size=1), st.lists(st.one_of(users, assistants, results, systems), max_size=6)
).map(lambda parts: [*parts[0], *parts[1]])
tools = st.lists(
    st.builds(
        ToolSchema,
        name=names,
        description=st.text(max_size=20),
        parameters=st.dictionaries(names, values, max_size=3),
    ),
    max_size=2,
)


@settings(deadline=None)
@given(histories, tools, st.booleans())
def test_both_templates_give_the_same_bytes(
    messages: list[Message], described: list[ToolSchema], generate: bool
) -> None:
    assert render(messages, described, generate=generate) == jinja(messages, described, generate=generate)


def test_a_session_as_the_model_reads_it() -> None:
    bash = ToolSchema(name="bash", description="Run a command.", parameters={"type": "object"})
    call = ToolCall(id="call_0", name="bash", arguments='{"command": "ls\\n", "timeout": 3}')
    text = render(
        [
            SystemMessage(content="You are a model."),
            UserMessage(content="Look."),
            AssistantMessage(content="", reasoning_content="I look.", tool_calls=(call,)),
            ToolMessage(tool_call_id="call_0", content="a.py"),
        ],
        [bash],
    )
    assert text == (
        "<|im_start|>system\nYou are a model.\n\n# Tools\n\n<tools>\n<function>\n<name>bash</name>\n"
        '<description>Run a command.</description>\n<parameters>{"type": "object"}</parameters>\n</function>\n'
        "</tools>\n\nThink first, then call one tool:\n\n<tool_call>\n<function=NAME>\n"
        "<parameter=KEY>VALUE</parameter>\n</function>\n</tool_call><|im_end|>"
        "<|im_start|>user\nLook.<|im_end|>"
        "<|im_start|>assistant\n<think>I look.</think><tool_call>\n<function=bash>\n<parameter=command>ls\n"
        "</parameter>\n<parameter=timeout>3</parameter>\n</function>\n</tool_call><|im_end|>"
        "<|im_start|>tool\n<tool_response>\na.py\n</tool_response>\n<|im_end|>"
        "<|im_start|>assistant\n"
    )


def test_the_text_of_a_session_only_grows_at_its_end() -> None:
    said: list[Message] = [UserMessage(content="Look.")]
    before = render(said)
    said += [AssistantMessage(content="Done.", reasoning_content="I looked.")]
    assert render(said, generate=False).startswith(before)
    assert render([*said, UserMessage(content="More.")]).startswith(render(said, generate=False))
