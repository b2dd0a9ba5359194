"""/model /profile: who answers. The session goes on with another one, in a new sandbox with the same files."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.chat.commands.base import SlashCommand, opened
from model_runtime.profiles import find_profile, profile_files

if TYPE_CHECKING:
    from agent.chat.chat import Chat


async def run_model(chat: "Chat", argument: str) -> None:
    standing = opened(chat).standing
    if not argument:
        chat.note(f"{standing.model}, profile {standing.profile}; /model NAME changes it")
        return
    await chat.reopen({"model.name": argument})
    chat.note(f"from here on {opened(chat).standing.model} answers")


async def run_profile(chat: "Chat", argument: str) -> None:
    if not argument:
        chat.note(f"{opened(chat).standing.profile}; known: {', '.join(sorted(profile_files()))}")
        return
    find_profile(argument)  # a wrong name is told before anything is closed
    await chat.reopen({"model.profile": argument})
    chat.note(f"from here on with profile {opened(chat).standing.profile}")


def profiles(_chat: "Chat") -> Iterable[tuple[str, str]]:
    return ((name, "") for name in sorted(profile_files()))


COMMANDS = (
    SlashCommand("model", "which model answers", run_model, "[name]", waits=True),
    SlashCommand("profile", "how the model is spoken to", run_profile, "[name]", profiles, waits=True),
)
