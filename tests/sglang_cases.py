"""What a model may say, and what the chat client makes of SGLang's answer to it.

Each case is played twice: by the real server, whose checkpoint says `says` (tests/real_sglang), and from the
answer that this server once gave (tests/recorded). Both have to end in the same message.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_runtime.base import ChatRequest, Completed, Repaired, Sampling, ToolSchema
from model_runtime.client import ChatClient
from model_runtime.messages import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage

RECORDED = Path(__file__).parent / "recorded" / "sglang-0.5.23"
MODEL = "mimo-v2-flash-tiny"
"""The served name; the profile of MiMo-V2-Flash matches it."""

ASKED = UserMessage(content="Go on.")


@dataclass(frozen=True)
class Answer:
    """A reply as it was on the wire."""

    status: int
    content_type: str
    body: str

    def save(self, name: str) -> None:
        RECORDED.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.__dict__, indent=1, ensure_ascii=False)
        (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, name: str) -> "Answer":
        return cls(**json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Case:
    """says: what the model generates. calls: names and arguments that the message must have. repairs: kinds of
    what the client put right, in a stream where that is other. most: tokens of the reply."""

    name: str
    says: str
    reasoning: str = ""
    content: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    finish: str = "tool_calls"
    repairs: tuple[str, ...] = ()
    streamed_repairs: tuple[str, ...] | None = None
    most: int = 400
    history: tuple[Message, ...] = field(default=(ASKED,))
    properties: dict[str, Any] = field(default_factory=lambda: {"text": {"type": "string"}})
    tools: bool = True

    def request(self, *, stream: bool) -> ChatRequest:
        """The first tool's name tells the checkpoint which case is played."""
        schema = {"type": "object", "properties": self.properties, "required": list(self.properties)}
        tools = (ToolSchema(name=self.name, description="Plays this case.", parameters=schema),)
        sampling = Sampling(max_tokens=self.most)
        return ChatRequest(self.history, tools if self.tools else (), sampling=sampling, stream=stream)

    def recording(self, *, stream: bool) -> str:
        return f"{self.name}_streamed" if stream else self.name


def call(name: str, **arguments: str) -> str:
    """A call as the model writes it."""
    values = "".join(f"<parameter={key}>{value}</parameter>\n" for key, value in arguments.items())
    return f"<tool_call>\n<function={name}>\n{values}</function>\n</tool_call>"


TEXT = 'def say():\n    return "it\'s"  # a \\n stays\n'
TYPED = {
    "count": {"type": "integer"},
    "ratio": {"type": "number"},
    "flag": {"type": "boolean"},
    "names": {"type": "array", "items": {"type": "string"}},
    "table": {"type": "object"},
}
EARLIER = (
    ASKED,
    AssistantMessage(
        content="I look.",
        reasoning_content="The file first.",
        tool_calls=(ToolCall(id="call_1", name="history", arguments='{"text": "calc.py"}'),),
    ),
    ToolMessage(tool_call_id="call_1", content="def add(a, b):\n    return a - b\n"),
)

CASES = (
    Case(
        "call",
        f"<think>A note.</think>I write it.{call('call', text=TEXT)}",
        "A note.",
        "I write it.",
        (("call", {"text": TEXT}),),
    ),
    Case(
        "two_calls",
        f"<think>Both.</think>{call('two_calls', text='one')}\n{call('two_calls', text='two')}",
        "Both.",
        "",
        (("two_calls", {"text": "one"}), ("two_calls", {"text": "two"})),
    ),
    Case(
        "typed",
        "<think>Types.</think>"
        + call("typed", count="3", ratio="0.5", flag="True", names='["a", "b"]', table='{"k": null}'),
        "Types.",
        "",
        (("typed", {"count": 3, "ratio": 0.5, "flag": True, "names": ["a", "b"], "table": {"k": None}}),),
        properties=TYPED,
    ),
    Case(
        "null",
        f"<think>Null.</think>{call('null', text='null')}",
        "Null.",
        "",
        (("null", {"text": "null"}),),
        repairs=("null_restored",),
    ),
    Case(
        "entities",
        f"<think>HTML.</think>{call('entities', text='a &lt; b')}",
        "HTML.",
        "",
        (("entities", {"text": "a < b"}),),
    ),
    Case(
        "in_thoughts",
        f"<think>I do it here. {call('in_thoughts', text='x')}</think>",
        "I do it here.",
        "",
        (("in_thoughts", {"text": "x"}),),
        repairs=("call_in_reasoning", "call_id"),
        streamed_repairs=(),  # SGLang 0.5.23 itself takes a call out of streamed thoughts.
    ),
    Case(
        "unknown_tool",
        f"<think>Which?</think>{call('no_such_tool', text='x')}",
        "Which?",
        "",
        (("no_such_tool", {"text": "x"}),),
        repairs=("call_in_content", "call_id"),
    ),
    Case(
        "cut_off",
        f"<think>Long.</think>{call('cut_off', text='word ' * 40)}",
        "Long.",
        "",
        finish="length",
        most=30,
    ),
    Case(
        "history",
        f"<think>It subtracts.</think>{call('history', text='fixed')}",
        "It subtracts.",
        "",
        (("history", {"text": "fixed"}),),
        history=EARLIER,
    ),
    Case(
        "think",
        "<think>Two and three make five.</think>The sum of both is 5.",
        "Two and three make five.",
        "The sum of both is 5.",
        finish="stop",
        tools=False,
    ),
)
"""`think` is what the checkpoint says without tools."""


async def check(case: Case, client: ChatClient, *, stream: bool) -> Completed:
    """Asks, and sees to it that the reply is the one that the case promises."""
    done, repaired = await _played(case.request(stream=stream), client)
    message = done.message
    assert message.reasoning_content.strip() == case.reasoning
    assert message.content.strip() == case.content
    assert tuple((each.name, json.loads(each.arguments)) for each in message.tool_calls) == case.calls
    assert len({each.id for each in message.tool_calls}) == len(case.calls)
    assert done.finish_reason == case.finish
    streamed = case.repairs if case.streamed_repairs is None else case.streamed_repairs
    assert tuple(repaired) == (streamed if stream else case.repairs)
    return done


async def _played(request: ChatRequest, client: ChatClient) -> tuple[Completed, list[str]]:
    """The reply, and the kinds of what was put right."""
    repaired: list[str] = []
    done: Completed | None = None
    async for delta in client.chat(request):
        if isinstance(delta, Repaired):
            repaired.append(delta.kind)
        if isinstance(delta, Completed):
            done = delta
    assert done is not None, "every reply ends with one"
    return done, repaired
