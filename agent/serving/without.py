"""This machine's own server, started once more without speculative decoding, to be compared with itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.config.load import Loaded
from agent.errors import UsageError
from agent.serving.front import TerminalFront
from agent.serving.start import wait_for
from agent.state import servers_folder
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.launch import start_again
from model_runtime.serving.local.look import find_running
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.local.stop import stop

DRAFTS = "--speculative-"
SWITCH = "--enable-dp-lm-head"


@contextmanager
def without_drafts(loaded: Loaded) -> Iterator[str]:
    """The base URL of the server that runs here, started again without its --speculative flags; afterwards it is
    started as it was. Blocks for both starts. Raises UsageError if none runs here, and what a start raises."""
    servers = Servers(servers_folder())
    running = find_running(servers.folder)
    instance = next((each for each in servers.running() if each.base_url == running), None)
    if instance is None:
        raise UsageError("--compare needs a server of `mimosa serve` on this machine; --against names another")
    plain = plain_command(instance.command)
    if plain == instance.command:
        raise UsageError(f"{instance.name} runs without drafts: there is nothing to compare")
    wait_s = loaded.settings.serve.wait_s
    try:
        yield _swap(servers, instance, plain, wait_s).base_url
    finally:
        _swap(servers, servers.read(instance.name) or instance, instance.command, wait_s)


def plain_command(command: tuple[str, ...]) -> tuple[str, ...]:
    """Without the flags of speculative decoding and their values."""
    kept, skip = list[str](), False
    for word in command:
        if word.startswith("--"):
            skip = word.startswith(DRAFTS) or word == SWITCH
        if not skip:
            kept.append(word)
    return tuple(kept)


def _swap(servers: Servers, instance: Instance, command: tuple[str, ...], wait_s: float) -> Instance:
    stop(servers, instance)
    with servers.lock():
        now = servers.read(instance.name) or instance
        servers.write(now.model_copy(update={"command": command}))
    return wait_for(servers, start_again(servers, now), wait_s, TerminalFront())
