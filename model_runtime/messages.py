"""Chat-completions messages, kept exactly as they were said.

A message is made once and never edited. `to_wire` is the one place that turns it into JSON, so the same
message has the same bytes in every request, and a server's prefix cache keeps hitting.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value: immutable, and surplus fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(Frozen):
    """One call in an assistant message. `arguments` is always the text of a JSON object: servers parse it
    again when it comes back as history, and some answer HTTP 400 to anything else."""

    id: str
    name: str
    arguments: str


class SystemMessage(Frozen):
    role: Literal["system"] = "system"
    content: str

    def to_wire(self) -> dict[str, Any]:
        return {"role": "system", "content": self.content}


class Image(Frozen):
    """A picture in a message. `data` is the file's bytes in base64, `media_type` such as image/png, `name` what
    the user called it."""

    name: str
    media_type: str
    data: str

    @property
    def url(self) -> str:
        return f"data:{self.media_type};base64,{self.data}"


class UserMessage(Frozen):
    """What the user, or the program in the user's place, says. `images` follow the text."""

    role: Literal["user"] = "user"
    content: str
    images: tuple[Image, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        if not self.images:
            return {"role": "user", "content": self.content}
        pictures = [{"type": "image_url", "image_url": {"url": image.url}} for image in self.images]
        return {"role": "user", "content": [{"type": "text", "text": self.content}, *pictures]}


class AssistantMessage(Frozen):
    """A reply. `reasoning_content` is sent back with every later request, "" if the model gave none."""

    role: Literal["assistant"] = "assistant"
    content: str = ""
    reasoning_content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "role": "assistant",
            "content": self.content,
            "reasoning_content": self.reasoning_content,
        }
        if self.tool_calls:
            wire["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in self.tool_calls
            ]
        return wire


class ToolMessage(Frozen):
    role: Literal["tool"] = "tool"
    tool_call_id: str
    content: str

    def to_wire(self) -> dict[str, Any]:
        return {"role": "tool", "tool_call_id": self.tool_call_id, "content": self.content}


Message = Annotated[SystemMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")]
