"""A history as text that a person, or the model with grep, can read."""

from collections.abc import Sequence

from model_runtime.messages import AssistantMessage, Message, UserMessage


def readable(messages: Sequence[Message]) -> str:
    """Every message whole, each under a heading with its number and role."""
    return "\n\n".join(f"## {number} {section(message)}" for number, message in enumerate(messages)) + "\n"


def section(message: Message) -> str:
    if isinstance(message, UserMessage):
        return "\n".join([message.role, message.content, *(f"(image {image.name})" for image in message.images)])
    if not isinstance(message, AssistantMessage):
        return f"{message.role}\n{message.content}"
    parts = ["assistant"]
    if message.reasoning_content:
        parts.append(f"(thinking)\n{message.reasoning_content}\n(end of thinking)")
    if message.content:
        parts.append(message.content)
    parts += [f"(call {call.name})\n{call.arguments}" for call in message.tool_calls]
    return "\n".join(parts)
