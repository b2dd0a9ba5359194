"""The words of a conversation as a model reads them that knows issues alone."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

from model_runtime.base import ChatModel, ChatRequest, Delta, ServerInfo
from model_runtime.messages import Message, UserMessage
from model_runtime.profiles import find_profile
from prompts.render import fix_prompt


def as_it_was_trained(model: ChatModel, server: ServerInfo, workspace: str, test_command: str) -> ChatModel:
    """`model`, or where that knows one prompt only, something that puts the first message to it as an issue."""
    if not find_profile(server.profile).has_one_head:
        return model
    return AskedForIssues(model, workspace, test_command)


class AskedForIssues:
    """The log and the screen keep what the user said; the same words become the same prompt at each step."""

    def __init__(self, model: ChatModel, workspace: str, test_command: str) -> None:
        self._model = model
        self._workspace = workspace
        self._test_command = test_command

    @property
    def name(self) -> str:
        return self._model.name

    async def info(self) -> ServerInfo:
        return await self._model.info()

    def chat(self, request: ChatRequest) -> AsyncIterator[Delta]:
        return self._model.chat(replace(request, messages=tuple(self._put(request.messages))))

    async def close(self) -> None:
        await self._model.close()

    def _put(self, messages: Sequence[Message]) -> Iterator[Message]:
        first = True
        for message in messages:
            if first and isinstance(message, UserMessage):
                first = False
                yield UserMessage(content=fix_prompt(message.content, self._workspace, self._test_command))
            else:
                yield message
