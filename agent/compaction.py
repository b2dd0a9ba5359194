"""Compaction: past a threshold the model writes a summary, and the summary takes the place of the history.

As in appendix C of the MiMo-V2-Flash report (arXiv 2601.02780): the full history becomes a file that the model can
still read. The request for the summary is appended to the very same messages and tools, so that a local server's
prefix cache holds all of it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.errors import AgentError
from agent.events import Compacted, CompactionStarted, Event, ReplyRepaired, RequestRetried
from agent.history import History
from agent.shrink import SHARES, without_oldest_results
from model_runtime.base import ChatModel, ChatRequest, Completed, Repaired, Retrying, Sampling, ServerInfo
from model_runtime.errors import ContextOverflow, ModelError
from model_runtime.messages import Message, UserMessage
from prompts.render import render

TRIES = 3
GROWTH = 1.5
"""After a compaction the history must grow by this factor before the next: a summary that is itself past the
threshold must not be summarised again at every step."""
NEARLY_FULL = "The context is nearly full."
MOST_OWN_WORDS = 40_000
"""Characters of the user's own messages that are carried over. The first and the latest are never left out."""

Archive = Callable[[Sequence[Message]], Awaitable[str]]
"""Stores a history where the model can read it; gives the path inside the sandbox."""
Emit = Callable[[Event], None]


class CompactionFailed(AgentError):
    """The history fills the context, and could not be made smaller."""

    exit_code = 4


@dataclass(frozen=True)
class Compactor:
    """Makes room in the history of one session. `threshold` is the share of the context (`server.context_length`,
    in tokens) that may be in use; where the server does not say its length, only an overflow leads to a
    compaction."""

    model: ChatModel
    server: ServerInfo
    archive: Archive
    threshold: float = 0.6
    sampling: Sampling = field(default_factory=Sampling)

    def due(self, history: History) -> bool:
        """Whether the next request should be a compaction."""
        most = self.threshold * self.server.context_length
        return 0 < most <= history.tokens and history.tokens >= GROWTH * history.compacted_to

    async def compact(self, history: History, emit: Emit, focus: str = "", why: str = NEARLY_FULL) -> None:
        """Ends with emitting `Compacted`. `focus`: what the user wants kept above all; `why` is read by the model.
        Raises CompactionFailed after three failures, and ModelError."""
        emit(CompactionStarted(tokens=history.tokens, context_length=self.server.context_length))
        completed = await self._summary(history, emit, focus, why)
        archive = await self.archive(history.messages)
        text = render(
            "compacted",
            task=own_words(history.own_words),
            summary=completed.message.content.strip(),
            archive=archive,
        )
        emit(
            Compacted(
                messages=(UserMessage(content=text),),
                archive=archive,
                tokens_before=history.tokens,
                reply=completed.message,
                usage=completed.usage,
                seconds=completed.seconds,
            )
        )

    async def _summary(self, history: History, emit: Emit, focus: str, why: str) -> Completed:
        request = render("summary", why=why)
        if focus:
            request += "\n\n" + render("summary_focus", focus=focus)
        problem = ""
        for attempt in range(1, TRIES + 1):
            completed = await self._ask_smaller_and_smaller(history, emit, request)
            problem = wrong_with(completed)
            if not problem:
                return completed
            emit(
                RequestRetried(
                    reason=f"The summary of the history failed: {problem}.", attempt=attempt, wait_s=0.0
                )
            )
        raise CompactionFailed(
            f"The history fills the context, and the model's summary of it failed {TRIES} times; last: {problem}. "
            "Nothing is lost: resume the session with another model, or a server with more context."
        )

    async def _ask_smaller_and_smaller(self, history: History, emit: Emit, request: str) -> Completed:
        """Where the request is itself too large, the oldest tool results go first."""
        messages = (*history.messages, UserMessage(content=request))
        for share in SHARES:
            try:
                return await self._ask(without_oldest_results(messages, share), history, emit)
            except ContextOverflow as overflow:
                emit(RequestRetried(reason=str(overflow), attempt=1, wait_s=0.0))
        raise CompactionFailed(
            "The history does not fit the context, not even without its tool results, so it cannot be summarised. "
            "Start a new session with a shorter task, or use a server with more context."
        )

    async def _ask(self, messages: tuple[Message, ...], history: History, emit: Emit) -> Completed:
        request = ChatRequest(messages, history.tools, self._tool_choice, self.sampling)
        completed = None
        async for delta in self.model.chat(request):
            match delta:
                case Retrying(reason=reason, attempt=attempt, wait_s=wait_s):
                    emit(RequestRetried(reason=reason, attempt=attempt, wait_s=wait_s))
                case Repaired(kind=kind, detail=detail):
                    emit(ReplyRepaired(kind=kind, detail=detail))
                case Completed():
                    completed = delta
        if completed is None:
            raise ModelError(f"{self.model.name} ended its reply without completing it. Ask again.")
        return completed

    @property
    def _tool_choice(self) -> Literal["auto", "none"]:
        # SGLang 0.5.23 (serving_chat.py) takes the tools out of the prompt where tool_choice is "none": the prefix
        # would be another, and all of the history would be computed again. A call is a failed try there.
        return "auto" if self.server.owned_by == "sglang" else "none"


def wrong_with(completed: Completed) -> str:
    """Why a reply is no summary, "" if it is one."""
    if completed.message.tool_calls:
        return "it called a tool instead"
    if completed.finish_reason == "length":
        return "it was cut off"
    if not completed.message.content.strip():
        return "it was empty"
    return ""


def own_words(messages: Sequence[str]) -> str:
    """What the user said, in the user's words: the task first."""
    if not messages:
        return ""
    first, later = messages[0], list(messages[1:])
    while len(later) > 1 and len(first) + sum(map(len, later)) > MOST_OWN_WORDS:
        del later[0]
    said = "".join(f"\n\nLater the user said:\n{message}" for message in later)
    return first + said
