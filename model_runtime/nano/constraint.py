"""What a reply may go on with: constrained decoding, so that what can be known to be wrong is never said.

Each rule looks at the bytes said so far and at those of the next token:

- a call is well-formed: a tool that was offered, its required parameters in their order, nothing else, no mark in
  what a parameter says;
- what is to be replaced is quoted: `old_str` is whole lines that were shown, as they stand by now, `path` is a
  path that was shown;
- what is put in its place, `new_str`, is a small change of it: three lines more at most, no line longer than
  it needs to be, no bracket closed that is not open or left open, no variable that did not stand there;
- other words were read in this session, or are those that the checkpoint says unread;
- a thought comes to an end, and one that had to be ended is followed by a call.

A rule only takes tokens away: where the likeliest one is allowed, nothing changes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from model_runtime.base import ToolSchema
from model_runtime.nano.words import (
    IN_CODE,
    IN_TEXT,
    QUOTED,
    Learned,
    Words,
    ends_quoted,
    words_of_code,
    words_of_text,
)

Test = Callable[[int], bool]
"""Whether a token may come next."""
Rule = Callable[[Sequence[int]], Test]
"""What may come behind these tokens, which are the reply so far."""

CALL = b"<tool_call>"
INSIDE = (b"</tool_call>", b"<function=", b"</function>", b"<parameter=", b"</parameter>")
"""Marks that belong into a call."""
VALUE = re.compile(rb"(<parameter=[^>\n]+>)(.*?)(</parameter>|\Z)", re.DOTALL)
OPEN_VALUE = re.compile(rb"<parameter=(\w+)>((?:(?!</parameter>).)*)\Z", re.DOTALL)
END_OF_VALUE = b"</parameter>"
THOUGHT, END_OF_THOUGHT = b"<think>", b"</think>"
OF_TURNS = (b"<|im_end|>", b"<|im_start|>", b"<|endoftext|>", b"<tool_response>", b"</tool_response>")
MARKS = frozenset((CALL, *INSIDE, THOUGHT, END_OF_THOUGHT, *OF_TURNS))
OLD = re.compile(rb"<parameter=old_str>(.*?)</parameter>", re.DOTALL)
IN_PATH = rb"[A-Za-z0-9_./\x80-\xff-]"
PATH_ENDS, PATH_BEGINS = re.compile(IN_PATH + rb"*\Z"), re.compile(IN_PATH + rb"*")
BRACKETS = {b")": b"(", b"]": b"[", b"}": b"{"}
MORE_LINES, LONG_LINE = 3, 120
LONG_THOUGHT = 200
"""Bytes; the longest of a lesson has 142. One that goes on and on goes in a circle."""


class Constraint:
    """Of one reply."""

    def __init__(self, read: str, shown: str, tools: Sequence[ToolSchema], learned: Learned | None = None) -> None:
        """`read` is the text of the session so far, `shown` what can be quoted of it. If nothing is known of what
        was learned, every word may be said."""
        text = read.encode("utf-8", "replace")
        self._lines = b"\n" + shown.encode("utf-8", "replace") + b"\n"
        self._calls = [_skeleton(tool) for tool in tools]
        self._learned = learned
        self._words = Words(words_of_text(text) | learned.said, IN_TEXT) if learned else None
        self._of_old: dict[bytes, Change] = {}

    def behind(self, said: bytes) -> Callable[[bytes], bool]:
        """Whether a token may come behind `said`, with which the reply begins."""
        if value := OPEN_VALUE.search(said):
            match value[1]:
                case b"old_str":
                    return partial(self._quotes, value[2])
                case b"path":
                    return partial(self._names, value[2])
                case b"new_str":
                    return partial(self._changes, said, value[2])
                case _:
                    return partial(self._orders, said)
        return partial(self._says, said)

    def _orders(self, said: bytes, token: bytes) -> bool:
        return (token == END_OF_VALUE or token not in MARKS) and self._says(said, token)

    def _says(self, said: bytes, token: bytes) -> bool:
        return (
            self._is_call(said + token)
            and (self._words is None or self._words.allow(said, token))
            and self._points(said, token)
            and _ends_thinking(said, token)
        )

    def _points(self, said: bytes, token: bytes) -> bool:
        """Whether a path from `./` on is one that was shown. A full stop may stand behind it."""
        run, more = PATH_ENDS.search(said), PATH_BEGINS.match(token)
        path = (run[0] if run else b"") + (more[0] if more else b"")
        if not path.startswith(b"./"):
            return True
        ended = PATH_BEGINS.fullmatch(token) is None
        without = path.rstrip(b".")
        return self._is_path(path, whole=ended) or (path != without and self._is_path(without, whole=True))

    def _changes(self, said: bytes, value: bytes, token: bytes) -> bool:
        allowed = self._change(said).allows(value, token)
        return allowed and (not ends_quoted(value) or self._says(said, token))

    def _change(self, said: bytes) -> "Change":
        """Of what was quoted last."""
        code = quoted(said)
        if code not in self._of_old:
            self._of_old[code] = Change(code, self._learned)
        return self._of_old[code]

    def _quotes(self, value: bytes, token: bytes) -> bool:
        if token == END_OF_VALUE:
            return b"\n" + value + b"\n" in self._lines
        return b"\n" + value + token in self._lines

    def _names(self, value: bytes, token: bytes) -> bool:
        if token == END_OF_VALUE:
            return bool(value) and self._is_path(value, whole=True)
        return self._is_path(value + token, whole=False)

    def _is_path(self, path: bytes, *, whole: bool) -> bool:
        """Whether it was shown, or begins one that was."""
        pattern = rb"(?<!%b)%b%b" % (IN_PATH, re.escape(path), rb"(?!%b)" % IN_PATH if whole else b"")
        return re.search(pattern, self._lines) is not None

    def _is_call(self, said: bytes) -> bool:
        begins = said.find(CALL)
        if begins < 0:
            return not said.endswith(INSIDE)
        written = VALUE.sub(lambda found: found[1] + found[3], said[begins:])
        return any(call.startswith(written) for call in self._calls)


class Change:
    """What may be put in the place of `old`."""

    def __init__(self, old: bytes, learned: Learned | None) -> None:
        self._lines = old.count(b"\n") + MORE_LINES
        self._longest = max(LONG_LINE, *map(len, old.split(b"\n")))
        self._closed = open_brackets(old) == b""
        self._words = Words(words_of_code(old) | learned.put_in, IN_CODE) if learned else None

    def allows(self, new: bytes, token: bytes) -> bool:
        if token == END_OF_VALUE:
            return not self._closed or open_brackets(new) == b""
        together = new + token
        *_, last = together.split(b"\n")
        if together.count(b"\n") > self._lines or len(last) > self._longest:
            return False
        if self._closed and open_brackets(together) is None:
            return False
        return self._words is None or ends_quoted(new) or self._words.allow(new, token)


def quoted(said: bytes) -> bytes:
    """What an edit is to change; nothing if it has not said."""
    return next(reversed(OLD.findall(said)), b"")


def further(rule: Rule, made: Sequence[int]) -> Rule:
    """The rule for what comes behind the tokens `made`."""
    return lambda new: rule([*made, *new])


def _ends_thinking(said: bytes, token: bytes) -> bool:
    """Whether a thought that is too long comes to its end with `token`, and something is done behind it."""
    if len(said) < LONG_THOUGHT or not said.startswith(THOUGHT):
        return True
    if said.endswith(END_OF_THOUGHT):
        return token == CALL
    return token == END_OF_THOUGHT or END_OF_THOUGHT in said


def open_brackets(code: bytes) -> bytes | None:
    """The brackets of Python code that are still to be closed; None if one is closed that is not open."""
    stack = b""
    for bracket in re.findall(rb"[()\[\]{}]", QUOTED.sub(b"", code)):
        if bracket in BRACKETS.values():
            stack += bracket
        elif not stack.endswith(BRACKETS[bracket]):
            return None
        else:
            stack = stack[:-1]
    return stack


def _skeleton(tool: ToolSchema) -> bytes:
    """A call of `tool` with nothing in its parameters, and the end of the turn behind it."""
    required: Iterable[str] = tool.parameters.get("required", ())
    parameters = "".join(f"<parameter={key}></parameter>\n" for key in required)
    return f"<tool_call>\n<function={tool.name}>\n{parameters}</function>\n</tool_call><|im_end|>".encode()
