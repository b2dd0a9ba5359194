"""What the model's server says of itself, read while it works, for the status line."""

import asyncio
import time
from typing import TYPE_CHECKING

from agent import events as ev
from agent.chat.status import Figures
from agent.chat.talk import Talk
from agent.config.load import Loaded
from agent.conversation.standing import Standing
from agent.guards.thinking import CHARACTERS_PER_TOKEN
from model_runtime.base import Usage
from model_runtime.errors import ModelError

if TYPE_CHECKING:
    from model_runtime.metrics.session import SessionFigures, SessionMeter

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

    async def measured(self, standing: Standing) -> "SessionFigures | None":
        """What this chat took of the server so far; None where the server tells nothing."""
        if self._meter is None:
            return None
        usage = Usage(
            prompt_tokens=standing.read, completion_tokens=standing.written, cached_tokens=standing.cached
        )
        return await self._meter.figures(usage, standing.model_seconds)

    async def follow(self, talk: Talk) -> None:
        """Read the server while the agent works."""
        while True:
            await asyncio.sleep(EVERY_S)
            if self._meter is not None and talk.conversation is not None and talk.conversation.working:
                await self._read(self._meter, talk.conversation.standing)

    async def _read(self, meter: "SessionMeter", standing: Standing) -> None:
        figures = await self.measured(standing)
        acceptance = meter.latest.acceptance if meter.latest is not None else None
        gpu_seconds = figures.gpu_seconds if figures is not None else None
        self.figures = Figures(self.figures.tokens_per_s, acceptance, gpu_seconds)

    async def close(self) -> None:
        meter, self._meter = self._meter, None
        if meter is not None:
            await meter.close()
