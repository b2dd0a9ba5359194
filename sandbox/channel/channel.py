"""The channel: requests to a supervisor and its replies, in order, and its notices, over any pair of pipes.

The other end is `supervisor.sh`, whose head states the protocol. A reply's payload is arbitrary bytes of unknown
length; what ends it is a secret that only the two ends know, so nothing that a command prints can end it.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

BOOT = 'LC_ALL=C; IFS= read -r n && IFS= read -r -N "$n" s && eval "$s"'
"""What the far bash is started with, after `bash -p -c`; the supervisor itself then comes over the pipe."""

REPLY_TIMEOUT = 30.0
"""Seconds without a byte from a supervisor that owes a reply, after which it is taken for dead. A bash that
cannot fork tries for 15 seconds."""

REPLIES = 1
NOTICES = 2


class ChannelLost(Exception):
    """The far end went away, or stopped answering."""


class Link(Protocol):
    """The near end of the pipes to a far bash."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Receiver(Protocol):
    """What a link calls, from the event loop's thread, with what comes from the far end."""

    def received(self, stream: int, data: bytes) -> None:
        """`stream` is 1 for standard output, 2 for standard error."""
        ...

    def lost(self) -> None: ...


@dataclass(frozen=True)
class Reply:
    """status is 0 if the request was served; what else it may be, and the fields, is each request's own."""

    status: int
    fields: tuple[str, ...]
    payload: bytes


class Channel:
    """One life of a supervisor. `on_notice` gets each notice's words, `on_lost` is called once at the end."""

    def __init__(
        self,
        on_notice: Callable[[list[str]], None],
        on_lost: Callable[[], None],
        reply_timeout: float = REPLY_TIMEOUT,
    ) -> None:
        self.secret = secrets.token_hex(16)
        self._mark = f"\n{self.secret} ".encode()
        self._on_notice = on_notice
        self._on_lost = on_lost
        self._link: Link | None = None
        self._alive = True
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._replies = bytearray()
        self._searched = 0
        self._notices = bytearray()
        self._deferred = ""
        self._heard = 0
        self._reply_timeout = reply_timeout

    @property
    def alive(self) -> bool:
        return self._alive

    def attach(self, link: Link) -> None:
        """Use `link` to write; a channel is a receiver before it can send."""
        self._link = link

    def send_with_next(self, code: str) -> None:
        """Have the supervisor evaluate `code`, which makes no reply, before whatever is sent next."""
        self._deferred += f"{code}\n"

    def send(self, code: str) -> None:
        """Have the supervisor evaluate `code`, which makes no reply."""
        if self._link is None or not self._alive:
            raise ChannelLost
        block = f"{self._deferred}{code}".encode("utf-8", "replace")
        self._deferred = ""
        self._link.write(b"%d\n%b" % (len(block), block))

    async def request(self, code: str) -> Reply:
        """Have the supervisor evaluate `code`, which makes exactly one reply. Raises ChannelLost."""
        self.send(code)
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(reply)
        while True:
            heard = self._heard
            done, _ = await asyncio.wait({reply}, timeout=self._reply_timeout)
            if done:
                return reply.result()
            if heard == self._heard:
                self.lost()

    def received(self, stream: int, data: bytes) -> None:
        if not self._alive:
            return  # the last words of one that was given up
        self._heard += len(data)
        if stream == NOTICES:
            self._hear_notices(data)
        elif stream == REPLIES:
            self._hear_replies(data)

    def lost(self) -> None:
        if not self._alive:
            return
        self.close()
        for reply in self._waiting:
            if not reply.done():
                reply.set_exception(ChannelLost())
                reply.exception()  # marks it as seen: whoever asked may have been cancelled
        self._waiting.clear()
        self._on_lost()

    def close(self) -> None:
        self._alive = False
        if self._link is not None:
            self._link.close()

    def _hear_notices(self, data: bytes) -> None:
        self._notices += data
        *lines, rest = self._notices.split(b"\n")
        self._notices = bytearray(rest)
        for line in lines:
            self._on_notice(line.decode("ascii", "replace").split())

    def _hear_replies(self, data: bytes) -> None:
        self._replies += data
        while self._waiting:
            at = self._replies.find(self._mark, self._searched)
            end = self._replies.find(b"\n", at + len(self._mark)) if at >= 0 else -1
            if end < 0:
                self._searched = at if at >= 0 else max(0, len(self._replies) - len(self._mark))
                return
            status, *fields = self._replies[at + len(self._mark) : end].decode("ascii", "replace").split()
            reply = Reply(int(status), tuple(fields), bytes(self._replies[:at]))
            del self._replies[: end + 1]
            self._searched = 0
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(reply)
