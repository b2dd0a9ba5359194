"""Keeps a supervisor alive in a place, starts commands through it, and hears of their end."""

import asyncio
import re
import shlex
from dataclasses import dataclass
from typing import Protocol

from sandbox.channel.channel import Channel, ChannelLost, Link, Receiver, Reply
from sandbox.channel.premises import Premises, boot_script
from sandbox.errors import EnvironmentFailed, SandboxDied

KILLED = 137
NUMBER = re.compile(r"-?\d{1,9}")


class Place(Protocol):
    """Where a supervisor can run: a container, or the bare host."""

    async def premises(self) -> Premises: ...

    async def connect(self, receiver: Receiver, *, again: bool) -> Link:
        """Start a bash there with `channel.BOOT`, and have `receiver` called. `again`: one was up before, and the
        last one ended while it was starting, so the place may have to make room. Raises SandboxDied, with the
        reason, if the place is gone; never ChannelLost."""
        ...


@dataclass(frozen=True)
class End:
    """How a command ended. `saved`: its directory and variables were stored. `kept`: its output could be stored.
    `printed`: there was output. `lost`: it was ended together with everything else, and why, in words."""

    code: int
    saved: bool = False
    kept: bool = True
    printed: bool = True
    lost: str = ""


@dataclass(eq=False)
class Started:
    """A command that the supervisor was asked to start."""

    number: int
    end: "asyncio.Future[End]"
    moved: bool = False
    crowded: bool = False
    starved: bool = False


class Supervisor:
    """One supervisor after another in `place`: one that was killed is replaced when it is next needed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._channel: Channel | None = None
        self._connecting = asyncio.Lock()
        self._commands: dict[int, Started] = {}
        self._connected_before = False
        self._closed = False

    async def request(self, code: str) -> Reply:
        """Evaluate `code`, which must be safe to repeat, and return its reply. Raises SandboxDied."""
        try:
            return await (await self._ready()).request(code)
        except ChannelLost:
            pass
        try:
            return await (await self._ready()).request(code)
        except ChannelLost:
            raise SandboxDied("Mimosa's shell in the sandbox dies as soon as it is started") from None

    async def request_once(self, code: str) -> Reply:
        """The same for code that must not be repeated. Raises ChannelLost too."""
        return await (await self._ready()).request(code)

    async def start(
        self, number: int, command: str, *, output: str, errors: str = "", load: str = "", save: str = ""
    ) -> Started:
        """Start `command` under a number of its own; see `mimosa_start` for the paths. Raises SandboxDied."""
        channel = await self._ready()
        started = Started(number, asyncio.get_running_loop().create_future())
        self._commands[number] = started
        words = (str(number), load, save, output, errors, command)
        try:
            channel.send("mimosa_start " + " ".join(map(shlex.quote, words)))
        except ChannelLost:
            self._on_lost()
        return started

    async def check(self, started: Started) -> None:
        """Notice that a command's waiter was killed, so that no word of its end will come."""
        alive = (await self.request(f"mimosa_look {started.number}")).status == 0
        if not alive and not started.end.done():
            await asyncio.sleep(0.2)  # its word may be on the way
            await self.signal(started, "KILL")
            self._settle(started, End(KILLED, lost="the process that waited for it was killed"))

    async def signal(self, started: Started, name: str) -> bool:
        """Send a signal to the command's group; whether a member of the group lives. Raises SandboxDied."""
        try:
            return (await self.request_once(f"mimosa_signal {name} {started.number}")).status == 0
        except ChannelLost:
            return False  # the next supervisor begins by ending all that the last one left

    def give_up(self, started: Started) -> None:
        """Settle for no news of a command that was killed."""
        self._settle(started, End(KILLED, lost="no end of it was reported after it was killed"))

    async def connect(self) -> None:
        """See that a supervisor runs. Raises SandboxDied, or EnvironmentFailed if the image lacks a program."""
        await self._ready()

    def close(self) -> None:
        """Let go of the supervisor, which then ends what it started."""
        self._closed = True
        if self._channel is not None:
            self._channel.close()
        self._on_lost("the sandbox was closed")

    async def _ready(self) -> Channel:
        if self._closed:
            raise SandboxDied("the sandbox was closed; start another one")
        if self._channel is not None and self._channel.alive:
            return self._channel
        async with self._connecting:
            if self._channel is None or not self._channel.alive:
                self._channel = await self._connect()
            return self._channel

    async def _connect(self) -> Channel:
        try:
            return await self._open(again=False)
        except ChannelLost:
            pass
        try:
            return await self._open(again=self._connected_before)  # raises the reason if the place is gone
        except ChannelLost:
            raise SandboxDied("Mimosa's shell in the sandbox ends while it is starting") from None

    async def _open(self, *, again: bool) -> Channel:
        channel = Channel(self._on_notice, self._on_lost)
        channel.attach(await self._place.connect(channel, again=again))
        premises = await self._place.premises()
        hello = await channel.request(boot_script(premises, channel.secret, again=self._connected_before))
        if hello.payload:
            channel.close()
            missing = hello.payload.decode("ascii", "replace").strip()
            raise EnvironmentFailed(
                f"the sandbox lacks programs that Mimosa needs: {missing}. "
                "Add bash, coreutils and util-linux to the image."
            )
        self._connected_before = True
        return channel

    def _on_notice(self, words: list[str]) -> None:
        """Other words come from bash itself, when it cannot fork before it has put its standard error aside."""
        kind, *rest = words or [""]
        numbers = [int(word) for word in rest if NUMBER.fullmatch(word)]
        match kind, numbers:
            case "end", [number, code, saved, kept, printed] if number in self._commands:
                self._settle(self._commands[number], End(code, saved == 1, kept == 1, printed == 1))
            case "lost", [number] if number in self._commands:
                self._settle(self._commands[number], End(KILLED, lost="the sandbox was at its limit of processes"))
            case "moved", [number] if number in self._commands:
                self._commands[number].moved = True
            case "starved", [number] if number in self._commands:
                self._commands[number].starved = True
            case "crowded", [number] if number in self._commands:
                self._commands[number].crowded = True

    def _on_lost(
        self, why: str = "every process in the sandbox was killed, Mimosa's own shell among them"
    ) -> None:
        for started in list(self._commands.values()):
            self._settle(started, End(KILLED, lost=why))

    def _settle(self, started: Started, end: End) -> None:
        self._commands.pop(started.number, None)
        if not started.end.done():
            started.end.set_result(end)
        if self._channel is not None and self._channel.alive:
            self._channel.send_with_next(f"mimosa_forget {started.number}")
