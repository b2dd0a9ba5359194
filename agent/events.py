"""The typed events: the only thing that leaves the loop, and the only thing a session stores.

Screens, the session log, JSON output, the eval journal and the viewer all read these. An event is logged unless
its class says otherwise (`logged = False`): pieces of a reply are for whoever watches; the whole reply follows.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_runtime.base import ToolSchema, Usage
from model_runtime.messages import (
    AssistantMessage,
    Frozen,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from model_runtime.metrics.session import SessionFigures

FORMAT_VERSION = 1


class BaseEvent(Frozen):
    logged: ClassVar[bool] = True


class SessionStarted(BaseEvent):
    """First line of every log: the frozen head and where it all happens. `parent` is the session that gave this
    one its work, "" if a person did."""

    type: Literal["session_started"] = "session_started"
    version: int = FORMAT_VERSION
    session: str
    command: str
    task: str
    repository: str
    commit: str
    model: str
    sandbox: str
    context_length: int
    parent: str = ""
    system: SystemMessage
    tools: tuple[ToolSchema, ...]


class UserSaid(BaseEvent):
    """A user message joined the history: the task, a follow-up, or a steering message. `by` is "mimosa" where the
    program put it there: a reminder, or what a resumed session must know."""

    type: Literal["user_said"] = "user_said"
    message: UserMessage
    by: Literal["user", "mimosa"] = "user"


class UserRan(BaseEvent):
    """The user ran a command in the sandbox; `message`, with what it printed, joined the history. `exit_code` is
    None for one that was ended before it came to its end."""

    type: Literal["user_ran"] = "user_ran"
    command: str
    message: UserMessage
    exit_code: int | None
    seconds: float


class MessageQueued(BaseEvent):
    """Something was said, or run, while the model worked: `message` follows as an event of its own when the model
    takes it, at its next step. Logged at once, so that it is not lost if it never comes to that."""

    type: Literal["message_queued"] = "message_queued"
    message: Annotated[UserSaid | UserRan, Field(discriminator="type")]


class InputQueued(BaseEvent):
    """A line was typed while something went on, and waits to be carried out. `words` is what the model will be
    told of it: a mention of a file is a path there. It waits until just that is said or run, or `InputTaken` names
    it."""

    type: Literal["input_queued"] = "input_queued"
    text: str
    words: str


class InputTaken(BaseEvent):
    """A line waits no more: the user took it back, or it is a command that begins."""

    type: Literal["input_taken"] = "input_taken"
    text: str


class PermissionAsked(BaseEvent):
    """The user is asked whether a call may go on; `what` and `why` are the question's words."""

    type: Literal["permission_asked"] = "permission_asked"
    call_id: str
    what: str
    why: str


class PermissionAnswered(BaseEvent):
    """What the user said to it. `pattern` is allowed from now on, `reason` is read by the model."""

    type: Literal["permission_answered"] = "permission_answered"
    call_id: str
    allowed: bool
    pattern: str = ""
    reason: str = ""


class PermissionsForgotten(BaseEvent):
    """The user took back all that was allowed for this session."""

    type: Literal["permissions_forgotten"] = "permissions_forgotten"


class HookFailed(BaseEvent):
    """A hook of the user's went wrong itself, or was overruled; what it was to look at went on."""

    type: Literal["hook_failed"] = "hook_failed"
    hook: str
    detail: str


class ReasoningStreamed(BaseEvent):
    logged: ClassVar[bool] = False
    type: Literal["reasoning_streamed"] = "reasoning_streamed"
    text: str


class ContentStreamed(BaseEvent):
    logged: ClassVar[bool] = False
    type: Literal["content_streamed"] = "content_streamed"
    text: str


class CallStreamed(BaseEvent):
    logged: ClassVar[bool] = False
    type: Literal["call_streamed"] = "call_streamed"
    index: int
    name: str
    arguments: str


class RequestRetried(BaseEvent):
    """What was streamed since the request began is void; it is asked again after `wait_s` seconds."""

    type: Literal["request_retried"] = "request_retried"
    reason: str
    attempt: int
    wait_s: float


class ReplyRepaired(BaseEvent):
    type: Literal["reply_repaired"] = "reply_repaired"
    kind: str
    detail: str


class Replied(BaseEvent):
    """The model's whole reply joined the history. `seconds` from request to last token."""

    type: Literal["replied"] = "replied"
    step: int
    message: AssistantMessage
    finish_reason: str
    usage: Usage
    seconds: float


class ToolStarted(BaseEvent):
    type: Literal["tool_started"] = "tool_started"
    call: ToolCall


class ToolOutput(BaseEvent):
    logged: ClassVar[bool] = False
    type: Literal["tool_output"] = "tool_output"
    call_id: str
    text: str


class ToolFinished(BaseEvent):
    """A call's result joined the history. `exit_code`, `timed_out` and `job` are set for shell commands."""

    type: Literal["tool_finished"] = "tool_finished"
    call: ToolCall
    message: ToolMessage
    is_error: bool
    seconds: float
    diff: str = ""
    exit_code: int | None = None
    timed_out: bool = False
    job: int | None = None


class GuardNoticed(BaseEvent):
    """A guard saw a bad pattern; `text` is what the model was told."""

    type: Literal["guard_noticed"] = "guard_noticed"
    guard: str
    text: str


class CheckpointMade(BaseEvent):
    """The workspace was recorded. `patch` names the file beside the log that holds the diff since the start."""

    type: Literal["checkpoint_made"] = "checkpoint_made"
    number: int
    tree: str
    patch: str


class CompactionStarted(BaseEvent):
    """The model is asked for a summary, which takes a while. `tokens` of `context_length` are in use."""

    type: Literal["compaction_started"] = "compaction_started"
    tokens: int
    context_length: int


class Compacted(BaseEvent):
    """The history starts anew with `messages` after the frozen head; the old one lies in the sandbox at `archive`.
    `reply` is the model's summary as it came; `usage` and `seconds` are what it cost."""

    type: Literal["compacted"] = "compacted"
    messages: tuple[Message, ...]
    archive: str
    tokens_before: int
    reply: AssistantMessage = AssistantMessage()
    usage: Usage = Usage()
    seconds: float = 0.0


class SessionResumed(BaseEvent):
    type: Literal["session_resumed"] = "session_resumed"
    checkpoint: int


class SessionForked(BaseEvent):
    """Where a copied session came from."""

    type: Literal["session_forked"] = "session_forked"
    parent: str


class Rewound(BaseEvent):
    """The session goes on as it stood after its first `to` events, files and conversation; only the user's own
    edits stay. What was rewound stays in the log, and another `Rewound` can go back to it."""

    type: Literal["rewound"] = "rewound"
    to: int


class PointNamed(BaseEvent):
    """The user gave this moment a name, to come back to it."""

    type: Literal["point_named"] = "point_named"
    name: str


class FilesFollowed(BaseEvent):
    """The user's edits came into the sandbox. `before` and `after` are git's ids of the user's files, as they were
    known and as they are now; `paths` are those that differ. Of `conflicts` the sandbox kept its own."""

    type: Literal["files_followed"] = "files_followed"
    before: str
    after: str
    paths: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


class FilesApplied(BaseEvent):
    """Changes from the sandbox came into the user's files, which are now `after`; `paths` are those that
    changed."""

    type: Literal["files_applied"] = "files_applied"
    before: str
    after: str
    paths: tuple[str, ...]


class TurnEnded(BaseEvent):
    """Why the loop stopped. `finished`: the model called finish; `answered`: it spoke without a call;
    `limit`: a limit or a guard stopped it; `interrupted`: the user did; `failed`: an error, told in `detail`."""

    type: Literal["turn_ended"] = "turn_ended"
    reason: Literal["finished", "answered", "limit", "interrupted", "failed"]
    detail: str = ""


class VerificationStep(BaseEvent):
    """What the verification does now, in words."""

    logged: ClassVar[bool] = False
    type: Literal["verification_step"] = "verification_step"
    text: str


class TestRun(Frozen):
    """One run of the test command. `exit_code` None means that it never ended by itself."""

    exit_code: int | None
    seconds: float
    tail: str


class Verified(BaseEvent):
    """The patch, tried on a clean copy in a new sandbox: tests without it and with it."""

    type: Literal["verified"] = "verified"
    verdict: Literal["verified", "unverified", "regressed"]
    reason: str
    test_command: str = ""
    before: TestRun | None = None
    after: TestRun | None = None


class ServerMeasured(BaseEvent):
    """What the session took of its server since it began, or since it was resumed."""

    type: Literal["server_measured"] = "server_measured"
    figures: SessionFigures


class SessionEnded(BaseEvent):
    type: Literal["session_ended"] = "session_ended"
    exit_code: int
    summary: str
    patch: str


Event = Annotated[
    SessionStarted
    | UserSaid
    | UserRan
    | MessageQueued
    | InputQueued
    | InputTaken
    | PermissionAsked
    | PermissionAnswered
    | PermissionsForgotten
    | HookFailed
    | ReasoningStreamed
    | ContentStreamed
    | CallStreamed
    | RequestRetried
    | ReplyRepaired
    | Replied
    | ToolStarted
    | ToolOutput
    | ToolFinished
    | GuardNoticed
    | CheckpointMade
    | CompactionStarted
    | Compacted
    | SessionResumed
    | SessionForked
    | Rewound
    | PointNamed
    | FilesFollowed
    | FilesApplied
    | TurnEnded
    | VerificationStep
    | Verified
    | ServerMeasured
    | SessionEnded,
    Field(discriminator="type"),
]


class Record(Frozen):
    """One line of `events.jsonl`: `n` counts from 0, `at` is Unix time in seconds."""

    n: int
    at: float
    event: Event
