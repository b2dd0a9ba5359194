"""/mcp: the servers, what they bring, and their prompts."""

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from agent.chat.commands.base import SlashCommand
from agent.chat.commands.knowing import opened
from agent.chat.commands.words import two_columns
from agent.errors import UsageError
from agent.export.visible import visible
from agent.export.words import first_line, plural

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from agent.knowledge.assembly import Knowledge


async def run_mcp(chat: "Chat", argument: str) -> None:
    from agent.mcp.server import ServerFailed

    _, knowledge = opened(chat)
    servers = knowledge.servers
    assert servers is not None, "an open conversation has them"
    try:
        match shlex.split(argument):
            case []:
                _show_servers(chat, knowledge)
            case ["restart", name]:
                server = await servers.restart(name)
                chat.note(f"{name}: {server.problem or server.state}")
            case ["prompt", name, prompt, *pairs]:
                chat.send(await servers.prompt(name, prompt, _arguments(pairs)))
            case _:
                raise UsageError("/mcp lists the servers; /mcp restart NAME; /mcp prompt SERVER NAME key=value …")
    except (ServerFailed, ValueError) as error:  # the latter is a quote without its end
        raise UsageError(str(error)) from error


def _show_servers(chat: "Chat", knowledge: "Knowledge") -> None:
    servers = knowledge.servers
    if servers is None or not (servers.servers or servers.notes):
        chat.note("no MCP servers: describe them under [mcp.NAME] in ~/.config/mimosa/config.toml")
        return
    for server in servers.servers.values():
        offer = server.offer
        has = ", ".join(
            plural(len(items), word)
            for items, word in ((offer.tools, "tool"), (offer.resources, "resource"), (offer.prompts, "prompt"))
            if items
        )
        style = "green" if server.state == "ready" else "red"
        words = server.problem or has or "nothing to offer"
        chat.say(Text.assemble((f"{server.name}  ", "bold"), (server.state, style), f"  {visible(words)}"))
        for tool in offer.tools:
            chat.show(two_columns([(f"  {visible(tool.name)}", visible(first_line(tool.description or "", 80)))]))
    for name, prompt in servers.prompts():
        arguments = " ".join(f"{argument.name}=…" for argument in prompt.arguments or ())
        chat.note(f"/mcp prompt {name} {prompt.name} {arguments}".rstrip())
    told = tuple(f"MCP server {name} is not there" for name in servers.servers)
    for note in servers.notes:
        if not note.startswith(told):
            chat.note(note, "yellow")


def _arguments(pairs: Iterable[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"{pair} is no argument: write key=value.")
        found[name] = value
    return found


def server_words(chat: "Chat") -> Iterable[tuple[str, str]]:
    knowledge = chat.talk.knowledge
    if knowledge is None or knowledge.servers is None:
        return ()
    names = [(f"restart {name}", "start it anew") for name in knowledge.servers.servers]
    prompts = [
        (f"prompt {name} {prompt.name}", first_line(prompt.description or "", 60))
        for name, prompt in knowledge.servers.prompts()
    ]
    return [*names, *prompts]


COMMANDS = (SlashCommand("mcp", "MCP servers", run_mcp, "[restart NAME | prompt SERVER NAME …]", server_words),)
