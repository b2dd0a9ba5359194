"""The host's end of one sandbox's relay: brings what programs inside ask for before the gate."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from importlib.resources import files

from sandbox.channel.channel import NOTICES, Link, Receiver
from sandbox.errors import EnvironmentFailed, SandboxDied, SandboxError
from sandbox.gate.frames import FRAME, MOST_CONNECTIONS, WINDOW, Kind
from sandbox.gate.gate import Gate
from sandbox.gate.visitor import Visitor

PORT = 3128
"""Where the relay listens inside, as proxies do."""
OPENING_S = 30.0
AGAIN_S = 0.5
TRIES = 10
"""How often a relay that ended is started again: with its container, which takes a moment to be back."""

Connect = Callable[[Sequence[str], Receiver], Awaitable[Link]]
"""Starts a command in the sandbox, as its root, and connects its pipes. Raises SandboxError."""

_BOOT = """exec perl -e 'read(STDIN, $_, shift); eval; die $@' "$@\""""


def proxy_variables(port: int = PORT) -> dict[str, str]:
    """What tells programs inside of the relay. What they start themselves is not asked for through it."""
    proxy, own = f"http://127.0.0.1:{port}", "localhost,127.0.0.1,::1,sandbox"
    variables = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": own}
    return variables | {name.upper(): value for name, value in variables.items()}


class Door:
    """`open` it when the sandbox runs and before anything else does, `close` it with the sandbox."""

    def __init__(self, gate: Gate, connect: Connect, port: int = PORT) -> None:
        self._gate = gate
        self._connect = connect
        self._port = port
        self._relay: _Relay | None = None
        self._closed = False
        self._opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Returns when programs inside can connect. Raises SandboxError."""
        program = files("sandbox.gate").joinpath("relay.pl").read_bytes()
        numbers = (len(program), self._port, WINDOW, MOST_CONNECTIONS)
        relay = _Relay(self._gate, self._lost)
        try:
            async with asyncio.timeout(OPENING_S):
                relay.link = await self._connect(["bash", "-p", "-c", _BOOT, "mimosa", *map(str, numbers)], relay)
                relay.link.write(program)
                await relay.listens
        except TimeoutError:
            relay.close()
            raise SandboxDied(
                "the way out of the sandbox could not be opened: its relay does not answer"
            ) from None
        self._relay = relay

    def close(self) -> None:
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
        if self._relay is not None:
            self._relay.close()

    def _lost(self) -> None:
        if self._relay is not None and not self._closed:
            self._relay = None
            self._opening = asyncio.create_task(self._open_again())

    async def _open_again(self) -> None:
        for _ in range(TRIES):
            await asyncio.sleep(AGAIN_S)
            with suppress(SandboxError):  # not back yet; or gone for good, which whoever runs a command hears
                await self.open()
                return


class _Relay:
    """One life of a relay. `listens` is done when it does, or failed with the reason why it does not."""

    def __init__(self, gate: Gate, on_lost: Callable[[], None]) -> None:
        self._gate = gate
        self._on_lost = on_lost
        self._data = bytearray()
        self._said = b""
        self._visitors: dict[int, Visitor] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.link: Link | None = None
        self.listens: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def received(self, stream: int, data: bytes) -> None:
        if stream == NOTICES:
            self._said = (self._said + data)[:500]
            return
        self._data += data
        at = 0
        while len(self._data) - at >= FRAME.size:
            number, kind, size = FRAME.unpack_from(self._data, at)
            length = size if kind == Kind.DATA else 0
            if length > WINDOW:
                self.close()  # no relay of ours does that
                return
            if len(self._data) - at < FRAME.size + length:
                break
            at += FRAME.size
            self._take(number, kind, size, bytes(self._data[at : at + length]))
            at += length
        del self._data[:at]

    def lost(self) -> None:
        for visitor in self._visitors.values():
            visitor.on_gone()
        if not self.listens.done():
            said = self._said.decode("utf-8", "replace").strip()
            self.listens.set_exception(
                EnvironmentFailed(
                    "the way out of the sandbox could not be opened, for which the image needs perl: "
                    f"{said or 'its relay ended at once'}"
                )
            )
        self._on_lost()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self.link is not None:
            link, self.link = self.link, None
            link.close()

    def _take(self, number: int, kind: int, size: int, data: bytes) -> None:
        visitor = self._visitors.get(number)
        match kind:
            case Kind.OPEN if number == 0:
                if not self.listens.done():
                    self.listens.set_result(None)
            case Kind.OPEN if visitor is None and len(self._visitors) < 2 * MOST_CONNECTIONS:
                self._begin(number)
            case Kind.DATA if visitor is not None:
                visitor.on_data(data)
            case Kind.TOOK if visitor is not None:
                visitor.on_took(size)
            case Kind.LAST if visitor is not None:
                visitor.on_end()
            case Kind.GONE if visitor is not None:
                visitor.on_gone()

    def _begin(self, number: int) -> None:
        def send(kind: Kind, size: int, data: bytes) -> None:
            if self.link is not None:
                self.link.write(FRAME.pack(number, kind, size) + data)

        async def serve(visitor: Visitor) -> None:
            try:
                await self._gate.serve(visitor)
            finally:
                del self._visitors[number]
                send(Kind.GONE, 0, b"")

        visitor = self._visitors[number] = Visitor(send)
        task = asyncio.create_task(serve(visitor))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
