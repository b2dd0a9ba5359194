"""A recorded session played back: every command and edit is done for real, only the model's words are old."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Self

from model_runtime.base import ChatRequest, Completed, Delta, ServerInfo, Usage
from model_runtime.errors import ModelRefused
from model_runtime.messages import AssistantMessage, Message
from model_runtime.pieces import deltas
from model_runtime.profiles import match_profile
from model_runtime.recording import Played, Recording, read_recording

PIECES = 4
"""A streamed text comes in this many pieces."""


class Replay:
    """Answers with a recording's replies, in their order.

    A request whose last assistant message is the recording's own reply k gets reply k + 1, so a resumed session
    goes on where it was, and several sessions may share one replay. Where the history does not tell (after a
    compaction), the replies go on from the last one given. `start_at` skips that many replies at first.
    """

    def __init__(self, path: Path | str, *, start_at: int | None = None) -> None:
        """Read the session log at `path`. Raises ModelRefused with the reason if there is nothing to play."""
        path = Path(path)
        self._play(read_recording(path), path.name, start_at)

    @classmethod
    def of(
        cls,
        messages: Sequence[AssistantMessage],
        *,
        model: str = "mimo-v2-flash",
        context_length: int = 262_144,
        usage: Usage | None = None,
        start_at: int | None = None,
    ) -> Self:
        """A replay of `messages`; `usage` is what each of them is said to have cost."""
        played = tuple(
            Played(message, "tool_calls" if message.tool_calls else "stop", usage or Usage(), 0.0)
            for message in messages
        )
        replay = cls.__new__(cls)
        replay._play(Recording(model, context_length, played), f"{len(played)} messages", start_at)
        return replay

    def _play(self, recording: Recording, source: str, start_at: int | None) -> None:
        self._recording = recording
        self._source = source
        self._next = start_at
        self._first: tuple[Message, ...] | None = None

    @property
    def name(self) -> str:
        return f"replay of {self._recording.model} ({self._source})"

    async def info(self) -> ServerInfo:
        profile = match_profile(self._recording.model)
        return ServerInfo(self.name, self._recording.context_length, owned_by="replay", profile=profile.name)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        number = self._number(request)
        replies = self._recording.replies
        if number >= len(replies):
            raise ModelRefused(
                f"{self.name}: the recording has {len(replies)} replies, and reply {number + 1} was asked for.\n"
                "The session went another way than the recorded one, or the recording stops here.\n"
                "Use a model that answers (--base-url), or a recording of the whole session."
            )
        self._next = number + 1
        played = replies[number]
        for delta in deltas(played.message, PIECES if request.stream else 1):
            yield delta
        yield Completed(played.message, played.finish_reason, played.usage, played.seconds)

    async def close(self) -> None:
        """Nothing is open."""

    def _number(self, request: ChatRequest) -> int:
        """Which reply answers `request`, counted from 0."""
        said = [message for message in request.messages if isinstance(message, AssistantMessage)]
        first, self._first = self._first, self._first or request.messages
        if self._next is None:
            return self._after(said[-1]) if said else 0
        if first is None:
            return self._next
        if not said:
            return 0 if request.messages == first else self._next
        replies = self._recording.replies
        if len(said) <= len(replies) and replies[len(said) - 1].message == said[-1]:
            return len(said)
        return self._next

    def _after(self, message: AssistantMessage) -> int:
        """The number of the reply that follows `message` where a resumed session goes on."""
        said = [played.message for played in self._recording.replies]
        if message not in said:
            raise ModelRefused(
                f"{self.name}: the session's last reply is not in the recording, so it cannot go on from there.\n"
                "Resume it with the recording that it was made with, or with a model that answers (--base-url)."
            )
        return len(said) - said[::-1].index(message)
