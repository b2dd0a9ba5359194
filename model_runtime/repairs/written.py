"""Tool calls as the model itself writes them, found in text where a server's parser missed them.

The form is that of MiMo-V2-Flash's chat template, which says that a value "is preserved exactly as-is, including
newlines and spaces":

    <tool_call>
    <function=NAME>
    <parameter=KEY>VALUE</parameter>
    </function>
    </tool_call>

VALUE is raw text: nothing in it is escaped, so none of it is unescaped here. A value ends at the first
`</parameter>` after which the call goes on as it should, so that a value may hold `</parameter>` itself.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_runtime.base import ToolSchema
from model_runtime.repairs.types import convert

HEAD = re.compile(r"<tool_call>\s*<function=([^>\n]+)>")
PARAMETER = re.compile(r"\s*<parameter=([^>\n]+)>")
VALUE_END = re.compile(r"</parameter>(?=\s*(?:<parameter=[^>\n]+>|</function>\s*</tool_call>))")
TAIL = re.compile(r"\s*</function>\s*</tool_call>")
FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
CODE = re.compile(r"^[ \t]*```.*?^[ \t]*```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"</?tool_call>|<function=|</function>|</parameter>")


@dataclass(frozen=True)
class WrittenCall:
    """A complete call at `text[start:end]`. `values` are as written."""

    start: int
    end: int
    name: str
    values: tuple[tuple[str, str], ...]

    def arguments(self, tools: Sequence[ToolSchema]) -> str:
        """The text of a JSON object, typed by the tool's schema; strings if the tool is not known."""
        schema: dict[str, Any] = next((tool.parameters for tool in tools if tool.name == self.name), {})
        return json.dumps({key: convert(text, key, schema) for key, text in self.values}, ensure_ascii=False)


def find_calls(text: str) -> tuple[WrittenCall, ...]:
    """Every complete call in `text` that is not quoted as code, in order."""
    calls: list[WrittenCall] = []
    position = 0
    while head := HEAD.search(text, position):
        call = parse_call(text, head)
        if call is None:
            position = head.end()
            continue
        if not is_quoted(text, call):
            calls.append(call)
        position = call.end
    return tuple(calls)


def parse_call(text: str, head: re.Match[str]) -> WrittenCall | None:
    """The call that begins at `head`, or None if it is not complete."""
    values: list[tuple[str, str]] = []
    position = head.end()
    while parameter := PARAMETER.match(text, position):
        end = VALUE_END.search(text, parameter.end())
        if end is None:
            return None
        values.append((parameter.group(1).strip(), text[parameter.end() : end.start()]))
        position = end.end()
    tail = TAIL.match(text, position)
    if tail is None:
        return None
    return WrittenCall(head.start(), tail.end(), head.group(1).strip(), tuple(values))


def is_quoted(text: str, call: WrittenCall) -> bool:
    """Whether a call stands between back-ticks, or in a code fence that is closed after it."""
    if text[: call.start].endswith("`") and text.startswith("`", call.end):
        return True
    return len(FENCE.findall(text[: call.start])) % 2 == 1 and FENCE.search(text, call.end) is not None


def without_calls(text: str, calls: Sequence[WrittenCall]) -> str:
    """`text` as a right server leaves it: what precedes the first call exactly, the rest unless it is blank."""
    if not calls:
        return text
    ends = [call.end for call in calls]
    starts = [*(call.start for call in calls[1:]), len(text)]
    rest = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    return text[: calls[0].start] + "".join(piece for piece in rest if piece.strip())


def has_markup(text: str) -> bool:
    """Whether parts of a call stand in `text`, outside of code: a parser lost the others."""
    return MARKUP.search(CODE.sub("", text)) is not None
