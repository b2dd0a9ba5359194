"""What the model's server says of itself, read while it works, for the status line."""

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from agent import events as ev
from agent.chat.status import Figures
from agent.chat.talk import Talk
from agent.guards.thinking import CHARACTERS_PER_TOKEN

if TYPE_CHECKING:
    from agent.conversation.conversation import Conversation

EVERY_S = 2.0
ENOUGH_S = 0.5
"""Seconds of streaming before a speed is worth showing."""


class ServerMeter:
    """`figures` is what the status line shows. A server that tells nothing costs nothing: no figure is made up."""

    def __init__(self) -> None:
        self.figures = Figures()
        self._characters = 0
        self._first_at = 0.0

    def begin(self) -> None:
        """Another conversation: nothing is known of it yet."""
        self.figures = Figures()
        self._characters = 0

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
        self.figures = replace(self.figures, tokens_per_s=tokens_per_s)

    async def follow(self, talk: Talk) -> None:
        """Read the server while the agent works."""
        while True:
            await asyncio.sleep(EVERY_S)
            if talk.conversation is not None and talk.conversation.working:
                await self._read(talk.conversation)

    async def _read(self, conversation: "Conversation") -> None:
        figures = await conversation.measured()
        self.figures = replace(
            self.figures,
            acceptance=conversation.opened.metering.acceptance,
            gpu_seconds=figures.gpu_seconds if figures is not None else None,
            joules=figures.joules if figures is not None else None,
        )
