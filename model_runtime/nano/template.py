"""Messages written out as the text that the model reads: the wire format of the MiMo-V2 family.

`chat_template.jinja` beside this file says the same for servers, which render with Jinja; both give the same text.
Turns follow each other without a newline, nothing stands before the first, and all reasoning is kept, so that the
text of a session only grows at its end.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from model_runtime.base import ToolSchema
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage

START, END = "<|im_start|>", "<|im_end|>"
GENERATION = f"{START}assistant\n"

HOW_TO_CALL = """\
Think first, then call one tool:

<tool_call>
<function=NAME>
<parameter=KEY>VALUE</parameter>
</function>
</tool_call>"""


def render(messages: Sequence[Message], tools: Sequence[ToolSchema] = (), *, generate: bool = True) -> str:
    """The text of `messages`, with the head of the next turn if `generate`. Pictures are left out."""
    first, rest = _split(messages)
    text = head(first.content if first else "", tools) + "".join(_turns(rest))
    return text + GENERATION if generate else text


def head(system: str, tools: Sequence[ToolSchema] = ()) -> str:
    """The system turn: what every session of a product begins with. Nothing if there is nothing to say."""
    parts = [part for part in (system, _tools(tools)) if part]
    return f"{START}system\n" + "\n\n".join(parts) + END if parts else ""


def _split(messages: Sequence[Message]) -> tuple[SystemMessage | None, Sequence[Message]]:
    if messages and isinstance(messages[0], SystemMessage):
        return messages[0], messages[1:]
    return None, messages


def _tools(tools: Sequence[ToolSchema]) -> str:
    if not tools:
        return ""
    described = "\n".join(
        f"<function>\n<name>{tool.name}</name>\n<description>{tool.description}</description>\n"
        f"<parameters>{_json(tool.parameters)}</parameters>\n</function>"
        for tool in tools
    )
    return f"# Tools\n\n<tools>\n{described}\n</tools>\n\n{HOW_TO_CALL}"


def _turns(messages: Sequence[Message]) -> Iterator[str]:
    """One text a turn; results that follow each other are one turn."""
    for is_result, group in groupby(messages, lambda message: isinstance(message, ToolMessage)):
        if is_result:
            results = "".join(f"<tool_response>\n{message.content}\n</tool_response>\n" for message in group)
            yield f"{START}tool\n{results}{END}"
        else:
            yield from map(_turn, group)


def _turn(message: Message) -> str:
    match message:
        case AssistantMessage():
            calls = "".join(map(_call, message.tool_calls))
            return f"{GENERATION}<think>{message.reasoning_content}</think>{message.content}{calls}{END}"
        case SystemMessage() | UserMessage() | ToolMessage():
            return f"{START}{message.role}\n{message.content}{END}"


def _call(call: ToolCall) -> str:
    values: dict[str, Any] = json.loads(call.arguments)
    parameters = "".join(f"<parameter={key}>{_value(value)}</parameter>\n" for key, value in values.items())
    return f"<tool_call>\n<function={call.name}>\n{parameters}</function>\n</tool_call>"


def _value(value: object) -> str:
    """Text as it is, anything else as JSON."""
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
