"""A session in the making: what the expert says, and what the product's own tools answer."""

import json
from collections.abc import Coroutine, Mapping
from random import Random
from typing import Any, TypeVar, cast

from agent.guards.empty_patch import EmptyPatch
from evals.lessons.imitation.shell import WORKSPACE, Imitation
from model_runtime.messages import AssistantMessage, Message, ToolCall, ToolMessage, UserMessage
from prompts.render import fix_prompt
from sandbox.base import Sandbox
from tools.bash.tool import BashSettings, BashTool
from tools.finish.tool import FinishTool
from tools.str_replace.tool import StrReplaceTool
from tools.toolbox import Toolbox

T = TypeVar("T")


class Talk:
    """The messages so far, from the user's on. `slips` are the positions of messages that nobody should learn to
    say: the expert's mistakes, which are there for what comes after them. `files` is what it began with."""

    def __init__(self, files: Mapping[str, str], issue: str, test_command: str, rng: Random) -> None:
        self._imitation = Imitation(files, rng)
        sandbox: Sandbox = self._imitation  # type: ignore[assignment]  # only what these tools use of it
        self._toolbox = Toolbox((BashTool(BashSettings()), StrReplaceTool(), FinishTool()), sandbox)
        self.messages: list[Message] = [UserMessage(content=fix_prompt(issue, WORKSPACE, test_command))]
        self.slips: list[int] = []
        self.files = dict(files)
        self._edited = False
        self._guard = EmptyPatch(self._diff)

    @property
    def files_now(self) -> dict[str, str]:
        return self._imitation.files

    def retell(self, old: str, new: str) -> None:
        """Put other words into the issue, before anything else is said."""
        first = self.messages[0]
        assert isinstance(first, UserMessage) and len(self.messages) == 1
        self.messages[0] = UserMessage(content=first.content.replace(old, new))

    def bash(self, thought: str, command: str, *, slip: bool = False) -> str:
        """Run a command; returns what the tool answers."""
        return self._call(thought, "bash", {"command": command}, slip)

    def replace(self, thought: str, path: str, old: str, new: str, *, slip: bool = False) -> str:
        return self._call(thought, "str_replace", {"path": path, "old_str": old, "new_str": new}, slip)

    def finish(self, thought: str, summary: str) -> bool:
        """Say that it is done. False where the loop does not accept that, and has said why."""
        return self._finishes(self._say(thought, "finish", {"summary": summary}))

    def take(self, reply: AssistantMessage) -> bool:
        """A model's reply in the place of the expert's: its calls are answered. True where it is the last."""
        self.messages.append(reply)
        for call in reply.tool_calls:
            if call.name != "finish":
                self._answer(call)
            elif self._finishes(call):
                return True
        return not reply.tool_calls

    def _call(self, thought: str, tool: str, arguments: dict[str, str], slip: bool) -> str:
        if slip:
            self.slips.append(len(self.messages))
        answer = self._answer(self._say(thought, tool, arguments))
        if answer.startswith(f"{tool} failed: "):
            raise RuntimeError(answer)
        return answer

    def _say(self, thought: str, tool: str, arguments: dict[str, str]) -> ToolCall:
        number = sum(isinstance(message, AssistantMessage) for message in self.messages) + 1
        call = ToolCall(id=f"call_{number:04}_0", name=tool, arguments=json.dumps(arguments, ensure_ascii=False))
        self.messages.append(AssistantMessage(reasoning_content=thought, tool_calls=(call,)))
        return call

    def _answer(self, call: ToolCall) -> str:
        answer = _done(self._toolbox.call(call.name, call.arguments, lambda _text: None)).content
        self.messages.append(ToolMessage(tool_call_id=call.id, content=answer))
        self._edited = self._edited or "now reads, around the change:" in answer
        return answer

    def _finishes(self, call: ToolCall) -> bool:
        notice = _done(self._guard.before(call))
        if notice is None:
            return True
        self.messages.append(ToolMessage(tool_call_id=call.id, content=notice.text))
        return False

    async def _diff(self) -> bytes:
        """As much of the patch as the guard looks at."""
        patch = b"diff --git a/changed.py b/changed.py\n--- a/changed.py\n+++ b/changed.py\n"
        return patch if self._edited else b""


def _done(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits: the imitation answers at once, so no event loop is needed."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    raise RuntimeError("A tool waited for something that the imitation does not have.")
