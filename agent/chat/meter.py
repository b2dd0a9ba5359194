"""What the model's server says of itself, read while it works, for the status line."""

import asyncio
import time
from typing import TYPE_CHECKING

from agent import events as ev
from agent.chat.status import Figures
from agent.config.load import Loaded
from agent.guards.thinking import CHARACTERS_PER_TOKEN
from model_runtime.errors import ModelError

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from model_runtime.metrics.session import SessionMeter

EVERY_S = 2.0
ENOUGH_S = 0.5
"""Seconds of streaming before a speed is worth showing."""


class ServerMeter:
    """`figures` is what the status line shows. A server that tells nothing costs nothing: no figure is made up."""

    def __init__(self) -> None:
        self.figures = Figures()
        self._meter: SessionMeter | None = None
        self._characters = 0
        self._first_at = 0.0

    async def begin(self, loaded: Loaded) -> None:
        from agent.equip import meter_of

        await self.close()
        try:
            self._meter = meter_of(loaded)
        except ModelError:
            self._meter = None
        if self._meter is not None:
            await self._meter.begin()

    def take(self, event: ev.BaseEvent) -> None:
        """Follow the speed of the reply that streams; once it is whole, the server's own count is used."""
        match event:
            case ev.ReasoningStreamed(text=text) | ev.ContentStreamed(text=text):
                self._grow(text)
            case ev.CallStreamed(arguments=text):
                self._grow(text)
            case ev.Replied(usage=usage, seconds=seconds):
                if usage.completion_tokens and seconds:
                    self._speed(usage.completion_tokens / seconds)
                self._characters = 0

    def _grow(self, text: str) -> None:
        now = time.monotonic()
        if not self._characters:
            self._first_at = now
        self._characters += len(text)
        if now - self._first_at > ENOUGH_S:
            self._speed(self._characters / CHARACTERS_PER_TOKEN / (now - self._first_at))

    def _speed(self, tokens_per_s: float) -> None:
        self.figures = Figures(tokens_per_s, self.figures.acceptance, self.figures.gpu_seconds)

    async def follow(self, chat: "Chat") -> None:
        """Read the server while the agent works."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self._meter is not None and chat.conversation is not None and chat.conversation.working:
                await self._read(self._meter, chat)

    async def _read(self, meter: "SessionMeter", chat: "Chat") -> None:
        reading = await meter.read()
        if reading is None or chat.conversation is None:
            return
        self.figures = Figures(self.figures.tokens_per_s, reading.acceptance, self.figures.gpu_seconds)

    async def close(self) -> None:
        meter, self._meter = self._meter, None
        if meter is not None:
            await meter.close()
