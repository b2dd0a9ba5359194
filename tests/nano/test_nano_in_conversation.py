"""What the small model reads in a conversation is what it was trained on: one issue, in the words of a fix."""

from collections.abc import AsyncIterator

from agent.conversation.as_issue import as_it_was_trained
from model_runtime.base import ChatRequest, Completed, Delta, ServerInfo, Usage
from model_runtime.messages import AssistantMessage, SystemMessage, UserMessage
from prompts.render import fix_prompt

NANO = ServerInfo("mimosa-nano", 4096, profile="nano")


class Asked:
    """A model that keeps what it was asked."""

    name = "asked"

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []

    async def info(self) -> ServerInfo:
        return NANO

    async def chat(self, request: ChatRequest) -> AsyncIterator[Delta]:
        self.requests.append(request)
        yield Completed(AssistantMessage(content="Yes."), "stop", Usage(), 0.0)

    async def close(self) -> None: ...


HISTORY = (
    SystemMessage(content="You repair."),
    UserMessage(content="total() is one too small"),
    AssistantMessage(content="Yes."),
    UserMessage(content="and now?"),
)


async def test_the_first_message_is_put_as_an_issue_and_later_ones_as_they_are() -> None:
    model = Asked()
    put = as_it_was_trained(model, NANO, "/workspace", "python3 -m pytest")
    for length in (2, 4):
        assert [delta async for delta in put.chat(ChatRequest(HISTORY[:length]))]
    issue = UserMessage(content=fix_prompt("total() is one too small", "/workspace", "python3 -m pytest"))
    first, second = (request.messages for request in model.requests)
    assert first == (HISTORY[0], issue)
    assert second == (HISTORY[0], issue, *HISTORY[2:]), "the prompt only grows at its end"


def test_any_other_model_is_asked_as_it_is() -> None:
    model = Asked()
    assert as_it_was_trained(model, ServerInfo("mimo-v2-flash", 8192, profile="mimo-v2-flash"), "/w", "") is model
