"""A model of this process behind the contract that the client of a server keeps."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from model_runtime.base import ChatRequest, Completed, Delta, Sampling, ServerInfo, Usage
from model_runtime.errors import ContextOverflow
from model_runtime.messages import AssistantMessage, SystemMessage
from model_runtime.metrics.base import Counters
from model_runtime.nano.at_hand import NANO, SHIPPED
from model_runtime.nano.parser import ReplyParser
from model_runtime.nano.template import head, render
from model_runtime.profiles import find_profile
from model_runtime.repairs.mend import mend
from model_runtime.reply import RawReply

if TYPE_CHECKING:
    from model_runtime.nano.constraint import Test
    from model_runtime.nano.engine import Tally
    from model_runtime.nano.loaded import Loaded

NAME = "mimosa-nano"


@dataclass(frozen=True)
class Failed:
    error: BaseException


@dataclass(frozen=True)
class Done:
    """The worker has nothing more to say."""


class NanoModel:
    """Generates on a thread of its own, so that the event loop stays free; closing the stream stops it within a
    step. Belongs to one event loop; several requests may run side by side, and all models of a process with one
    checkpoint share it and what it has read."""

    def __init__(self, checkpoint: Path = SHIPPED, *, lookup: bool = True) -> None:
        """`checkpoint` is a folder in the hub's layout. Nothing is read yet. `lookup`: see `Engine`."""
        self._checkpoint, self._lookup = checkpoint, lookup
        self._counted = Counters()

    @property
    def name(self) -> str:
        return NAME

    async def info(self) -> ServerInfo:
        loaded = await asyncio.to_thread(self._loaded)
        return ServerInfo(NAME, loaded.context_length, owned_by="mimosa", profile=NANO)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        loop, stop = asyncio.get_running_loop(), threading.Event()
        said: asyncio.Queue[Delta | Failed | Done] = asyncio.Queue()

        def work() -> None:
            def tell(what: Delta | Failed | Done) -> None:
                loop.call_soon_threadsafe(said.put_nowait, what)

            try:
                for delta in self._generate(request, stop):
                    tell(delta)
                tell(Done())
            except BaseException as error:  # whatever it is, the one who asked has to see it
                tell(Failed(error))

        worker = asyncio.create_task(asyncio.to_thread(work))
        try:
            while not isinstance(what := await said.get(), Done):
                if isinstance(what, Failed):
                    raise what.error
                yield what
        finally:
            stop.set()
            await asyncio.shield(worker)

    def counters(self) -> Counters:
        """Of the replies that came to their end."""
        return self._counted

    async def close(self) -> None:
        """Nothing is open."""

    def _loaded(self) -> "Loaded":
        """Raises ModelError."""
        from model_runtime.nano.loaded import load

        return load(self._checkpoint, lookup=self._lookup)

    def _generate(self, request: ChatRequest, stop: threading.Event) -> Iterator[Delta]:
        """The reply to `request`, until `stop` is set. Raises ModelError."""
        from model_runtime.nano.constraint import Constraint
        from model_runtime.nano.edits import shown
        from model_runtime.nano.engine import Tally
        from model_runtime.nano.second_try import Tries, first_try, tried
        from model_runtime.nano.tokenizer import TokenStream

        began = time.monotonic()
        loaded = self._loaded()
        tools = request.tools if request.tool_choice == "auto" else ()
        prompt = render(request.messages, request.tools)
        ids = loaded.tokenizer.encode(prompt)
        constraint = Constraint(prompt, shown(request.messages), tools, loaded.learned)

        def rule(said: Sequence[int]) -> "Test":
            allows = constraint.behind(loaded.tokenizer.decode_bytes(said))
            return lambda token: allows(loaded.tokenizer.token_bytes(token))

        sampling = _within(request.sampling, len(ids), loaded.context_length)
        first = request.messages[0]
        system = first.content if isinstance(first, SystemMessage) else ""
        shared = len(loaded.tokenizer.encode(head(system, request.tools)))
        parser, stream, tally = ReplyParser(tools), TokenStream(loaded.tokenizer), Tally(len(ids))
        tries = Tries(
            loaded, ids, sampling, rule, tried(request.messages), first_try(request.messages, request.tools)
        )
        for tokens in tries.generate(tally, shared):
            if stop.is_set():
                return
            yield from parser.feed("".join(map(stream.feed, tokens)))
        self._counted = _counted(self._counted, tally)
        yield from parser.feed(stream.end())
        yield from parser.end()
        usage = Usage(prompt_tokens=len(ids), completion_tokens=tally.made, cached_tokens=tally.cached)
        mended = mend(_numbered(parser.reply(tally.finish, usage), request), request, find_profile(NANO))
        yield from mended.repairs
        yield Completed(mended.message, mended.finish_reason, usage, time.monotonic() - began)


def _within(sampling: Sampling, prompt: int, context_length: int) -> Sampling:
    """Raises ContextOverflow if the prompt leaves no room for a reply."""
    room = context_length - prompt
    if room <= 0:
        raise ContextOverflow(
            f"The conversation is {prompt} tokens long, and {NAME} can hold {context_length}, its reply included."
        )
    return sampling.model_copy(update={"max_tokens": min(sampling.max_tokens, room)})


def _counted(before: Counters, tally: "Tally") -> Counters:
    return Counters(
        before.prompt + tally.prompt,
        before.cached + tally.cached,
        before.generated + tally.made,
        before.steps + tally.passes,
    )


def _numbered(reply: RawReply, request: ChatRequest) -> RawReply:
    """Each call with an id, counting on from those of the history."""
    said = [message for message in request.messages if isinstance(message, AssistantMessage)]
    number = sum(len(message.tool_calls) for message in said)
    calls = tuple(replace(call, id=f"call_{at}") for at, call in enumerate(reply.calls, number))
    return replace(reply, calls=calls)
