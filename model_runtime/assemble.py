"""Streamed chunks put together to one reply, and told as deltas on the way."""

from collections.abc import Iterator

from model_runtime.base import CallDelta, ContentDelta, Delta, ReasoningDelta, Usage
from model_runtime.reply import (
    Json,
    RawCall,
    RawReply,
    arguments_of,
    first_choice,
    objects,
    reasoning_of,
    text_of,
    usage_of,
)
from model_runtime.text import encodable


class PartialCall:
    """One call while it comes in. Names and ids may come in pieces until the arguments begin."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.announced = False

    @property
    def begun(self) -> bool:
        return bool(self.arguments)

    def add(self, id_: str, name: str, arguments: str) -> Iterator[CallDelta]:
        if not self.begun:
            self.id += "" if id_ == self.id else id_
            self.name += "" if name == self.name else name
        if arguments:
            yield from self.announce()
            self.arguments.append(arguments)
            yield CallDelta(self.index, "", encodable(arguments))

    def announce(self) -> Iterator[CallDelta]:
        """Tell the name, once, when it is whole."""
        if not self.announced:
            self.announced = True
            yield CallDelta(self.index, self.name, "")

    def call(self) -> RawCall:
        return RawCall(self.id, self.name, encodable("".join(self.arguments)))


class Assembler:
    """Feed it the chunks of one stream. The reply is whole once `finish_reason` is not empty."""

    def __init__(self) -> None:
        self.finish_reason = ""
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[PartialCall] = []
        self._by_index: dict[int, PartialCall] = {}
        self._usage = Usage()

    def feed(self, chunk: Json) -> Iterator[Delta]:
        if isinstance(chunk.get("usage"), dict):
            self._usage = usage_of(chunk)
        choice = first_choice(chunk)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            yield from self._texts(delta)
            for piece in objects(delta.get("tool_calls")):
                yield from self._call(piece)
        self.finish_reason = text_of(choice.get("finish_reason")) or self.finish_reason
        if self.finish_reason:
            for call in self._calls:
                yield from call.announce()

    def reply(self) -> RawReply:
        return RawReply(
            encodable("".join(self._content)),
            encodable("".join(self._reasoning)),
            tuple(call.call() for call in self._calls),
            self.finish_reason,
            self._usage,
        )

    def _texts(self, delta: Json) -> Iterator[Delta]:
        if reasoning := reasoning_of(delta):
            self._reasoning.append(reasoning)
            yield ReasoningDelta(encodable(reasoning))
        if content := text_of(delta.get("content")):
            self._content.append(content)
            yield ContentDelta(encodable(content))

    def _call(self, piece: Json) -> Iterator[Delta]:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        id_, name = text_of(piece.get("id")), text_of(function.get("name"))
        arguments = function.get("arguments")
        call = self._slot(piece.get("index"), id_, name)
        for earlier in self._calls[: call.index]:
            yield from earlier.announce()
        yield from call.add(
            id_, name, arguments_of(arguments) if isinstance(arguments, dict) else text_of(arguments)
        )

    def _slot(self, index: object, id_: str, name: str) -> PartialCall:
        """The call that a piece belongs to. Servers leave the index out, or say 0 for every call; a piece with a
        name and another id, after arguments, begins a new call."""
        last = self._calls[-1] if self._calls else None
        known = self._by_index.get(index) if isinstance(index, int) else last
        begins = known is None or (known.begun and bool(name) and bool(id_) and id_ != known.id)
        if known is not None and not begins:
            return known
        call = PartialCall(len(self._calls))
        self._calls.append(call)
        if isinstance(index, int):
            self._by_index[index] = call
        return call
