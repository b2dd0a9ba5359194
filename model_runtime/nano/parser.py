"""The model's text taken apart as it comes: thinking, content, tool calls.

    <think>thinking</think>content<tool_call>\\n<function=NAME>\\n<parameter=KEY>VALUE</parameter>\\n</function>\\n</tool_call>

What may still become one of the marks is held back, so that the same text gives the same pieces however it is cut.
A call is told part by part: its name, then each parameter when its value has ended. One that is broken or cut
off is content in the end, as it was written, and left to `model_runtime.repairs`.
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence

from model_runtime.base import CallDelta, ContentDelta, Delta, ReasoningDelta, ToolSchema, Usage
from model_runtime.repairs.types import convert
from model_runtime.repairs.written import HEAD, PARAMETER, TAIL, VALUE_END
from model_runtime.reply import RawCall, RawReply

Step = Generator[Delta, None, bool]
"""Tells what one part of the text holds; True when another part begins."""

THINK, END_OF_THINK, CALL = "<think>", "</think>", "<tool_call>"


class ReplyParser:
    """Feed it the text of one reply, then ask for the reply."""

    def __init__(self, tools: Sequence[ToolSchema]) -> None:
        """Without tools a call is content."""
        self._tools = {tool.name: tool for tool in tools}
        self._text = ""  # not taken apart yet
        self._part: Callable[[bool], Step] = self._opening
        self._blank: str | None = None  # right behind a call; of the content only if more than that follows
        self._reasoning: list[str] = []
        self._content: list[str] = []
        self._calls: list[RawCall] = []
        self._call = CallParser(0, self._tools)

    def feed(self, text: str) -> Iterator[Delta]:
        self._text += text
        yield from self._go_on(last=False)

    def end(self) -> Iterator[Delta]:
        """The text is over: what was held back is text."""
        yield from self._go_on(last=True)

    def reply(self, finish_reason: str, usage: Usage) -> RawReply:
        """finish_reason: "stop" or "length"; "stop" with calls becomes "tool_calls"."""
        if self._calls and finish_reason == "stop":
            finish_reason = "tool_calls"
        reasoning, content = "".join(self._reasoning), "".join(self._content)
        return RawReply(content, reasoning, tuple(self._calls), finish_reason, usage)

    def _go_on(self, *, last: bool) -> Iterator[Delta]:
        while (yield from self._part(last)):
            """The next part begins in the text that is left."""

    def _opening(self, last: bool) -> Step:
        yield from ()
        if self._text.startswith(THINK):
            self._text = self._text.removeprefix(THINK)
            self._part = self._thinking
            return True
        if THINK.startswith(self._text) and not last:
            return False
        self._part = self._speaking
        return True

    def _thinking(self, last: bool) -> Step:
        thought, found = self._until(END_OF_THINK, last)
        if thought:
            self._reasoning.append(thought)
            yield ReasoningDelta(thought)
        if found:
            self._part = self._speaking
        return found

    def _speaking(self, last: bool) -> Step:
        said, found = self._until(CALL, last)
        if self._blank is not None:
            said = self._blank + said
            self._blank, said = (None, said) if said.strip() else (said, "")
        if said:
            yield from self._say(said)
        if found:
            self._text = CALL + self._text
            self._call = CallParser(len(self._calls), self._tools)
            self._part = self._calling
        return found

    def _calling(self, last: bool) -> Step:
        yield from self._call.read(self._text)
        if self._call.end:
            self._calls.append(self._call.call())
            self._text = self._text[self._call.end :]
            self._blank = ""
            self._part = self._speaking
            return True
        if last:
            yield from self._say(self._text)
            self._text = ""
        return False

    def _say(self, text: str) -> Iterator[Delta]:
        self._content.append(text)
        yield ContentDelta(text)

    def _until(self, mark: str, last: bool) -> tuple[str, bool]:
        """Take the text before `mark`, and `mark`; or all that cannot be the beginning of it."""
        means_nothing = mark == CALL and not self._tools
        before, found, after = self._text.partition(mark)
        if found and not means_nothing:
            self._text = after
            return before, True
        kept = 0 if last or means_nothing else _overlap(self._text, mark)
        cut = len(self._text) - kept
        before, self._text = self._text[:cut], self._text[cut:]
        return before, False


class CallParser:
    """One call, told as JSON while it is written. `end` is where it ends in the text, 0 until it does."""

    def __init__(self, index: int, tools: dict[str, ToolSchema]) -> None:
        self.index = index
        self.end = 0
        self._tools = tools
        self._position = 0
        self._name = ""
        self._arguments: list[str] = []

    def read(self, text: str) -> Iterator[CallDelta]:
        """`text` is that of the call, all of it so far."""
        if not self._name:
            head = HEAD.match(text)
            if head is None:
                return
            self._name, self._position = head.group(1).strip(), head.end()
            yield CallDelta(self.index, self._name, "")
        while parameter := PARAMETER.match(text, self._position):
            end = VALUE_END.search(text, parameter.end())
            if end is None:
                return
            yield self._tell(parameter.group(1).strip(), text[parameter.end() : end.start()])
            self._position = end.end()
        if tail := TAIL.match(text, self._position):
            self.end = tail.end()
            closing = "}" if self._arguments else "{}"
            self._arguments.append(closing)
            yield CallDelta(self.index, "", closing)

    def call(self) -> RawCall:
        return RawCall("", self._name, "".join(self._arguments))

    def _tell(self, key: str, value: str) -> CallDelta:
        tool = self._tools.get(self._name)
        typed = convert(value, key, tool.parameters) if tool else value
        piece = f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(typed, ensure_ascii=False)}"
        piece = f", {piece}" if self._arguments else f"{{{piece}"
        self._arguments.append(piece)
        return CallDelta(self.index, "", piece)


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`."""
    return next((size for size in range(min(len(text), len(mark) - 1), 0, -1) if text.endswith(mark[:size])), 0)
