"""What the model is sent: a frozen head, and messages that are only ever appended.

The history is a fold over events: the loop applies each event as it happens, and a resumed session applies the
same events from its log, so both come to the same messages.
"""

from collections.abc import Iterable, Sequence
from typing import Self

from agent.events import Compacted, Event, Replied, SessionStarted, ToolFinished, UserRan, UserSaid
from agent.rewinding import standing
from model_runtime.base import ToolSchema
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage

# For what the server has not counted yet. Code and English come to between 3 and 4.
CHARACTERS_PER_TOKEN = 3.5
IMAGE_CHARACTERS = 5_000
"""Vision encoders make some hundred to two thousand tokens of a picture, by its size."""


class History:
    """Append-only, but for a compaction, which starts it anew after the head, and a rewind, after which it is
    another one, made from the events that still count.

    `steps` is the number of replies so far; `own_words` are the user's messages as they were typed, kept across
    compactions; `compacted_to` is the size in tokens (estimated) that the last compaction left.
    """

    def __init__(self, system: SystemMessage, tools: Sequence[ToolSchema] = ()) -> None:
        self.system = system
        self.tools = tuple(tools)
        self.steps = 0
        self.compacted_to = 0
        self.own_words: list[str] = []
        self._messages: list[Message] = [system]
        self._open: list[ToolCall] = []
        self._counted_tokens = 0
        self._head_characters = len(system.content) + sum(len(tool.model_dump_json()) for tool in self.tools)
        self._uncounted_characters = self._head_characters

    @classmethod
    def of(cls, start: SessionStarted, events: Iterable[Event]) -> Self:
        """The history of a session: its first event, and all of its events in order. What was rewound has no part
        in it."""
        history = cls(start.system, start.tools)
        for event in standing(tuple(events)):
            history.apply(event)
        return history

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    @property
    def open_calls(self) -> tuple[ToolCall, ...]:
        """Calls of the last reply that have no result yet. Until there are none, nothing else can be said."""
        return tuple(self._open)

    @property
    def tokens(self) -> int:
        """Context in use: the server's count up to the last reply, and an estimate of what joined since."""
        return self._counted_tokens + int(self._uncounted_characters / CHARACTERS_PER_TOKEN)

    def apply(self, event: Event) -> None:
        """Take in one event. Those that say nothing to the model change nothing."""
        match event:
            case UserSaid(message=message, by=by):
                self._say(message)
                if by == "user":
                    self.own_words.append(message.content)
            case UserRan(message=message):
                self._say(message)
            case Replied():
                self._reply(event)
            case ToolFinished(message=message):
                self._answer(message)
            case Compacted(messages=messages):
                self._start_anew(messages)

    def _say(self, message: UserMessage) -> None:
        if self._open:
            raise ValueError(f"{len(self._open)} tool calls must be answered before a user message")
        self._messages.append(message)
        self._uncounted_characters += characters(message)

    def _reply(self, event: Replied) -> None:
        if self._open:
            raise ValueError(f"{len(self._open)} tool calls must be answered before another reply")
        self.steps += 1
        self._messages.append(event.message)
        self._open = list(event.message.tool_calls)
        if event.usage.prompt_tokens:
            self._counted_tokens = event.usage.prompt_tokens + event.usage.completion_tokens
            self._uncounted_characters = 0
            return
        self._uncounted_characters += characters(event.message)

    def _answer(self, message: ToolMessage) -> None:
        for index, call in enumerate(self._open):
            if call.id == message.tool_call_id:
                del self._open[index]
                break
        else:
            raise ValueError(f"no call waits for the tool message {message.tool_call_id!r}")
        self._messages.append(message)
        self._uncounted_characters += len(message.content)

    def _start_anew(self, messages: Sequence[Message]) -> None:
        if self._open:
            raise ValueError(f"{len(self._open)} tool calls must be answered before a compaction")
        self._messages = [self.system, *messages]
        self._counted_tokens = 0
        self._uncounted_characters = self._head_characters + sum(characters(message) for message in messages)
        self.compacted_to = self.tokens


def characters(message: Message) -> int:
    """The size of what a message says; for an image what it costs, as if it were text."""
    if isinstance(message, UserMessage):
        return len(message.content) + IMAGE_CHARACTERS * len(message.images)
    if not isinstance(message, AssistantMessage):
        return len(message.content)
    calls = sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
    return len(message.content) + len(message.reasoning_content) + calls
