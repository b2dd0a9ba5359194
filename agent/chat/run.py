"""`mimosa` without a sub-command, from its options to its exit code."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent.chat.options import ChatOptions
from agent.commands.guard import told
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.chat.talk import Talk
    from agent.trust import Ask, Trust

HANG_UP = 129
IN_A_PIPE = 'In a pipe use: mimosa run "what to do"'


def run_chat(options: ChatOptions, flags: Mapping[str, object]) -> int:
    """Open the chat on this terminal; returns the exit code."""
    with told():
        if not sys.stdin.isatty() or not sys.stdout.isatty():
            raise UsageError(f"The chat needs a terminal. {IN_A_PIPE}")
        if os.environ.get("TERM", "dumb") == "dumb":
            raise UsageError(f"This terminal (TERM=dumb) cannot show the chat. {IN_A_PIPE}")

        from agent.chat.terminal.keeper import kept

        repository = _found(options.repository)
        with kept(sys.stdin.fileno()):
            code, talk = asyncio.run(_chat(options, flags, repository))
        if code == HANG_UP:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
            )  # what is left in its buffer goes nowhere
        if talk and code != HANG_UP:
            for line in _farewell(talk):
                print(line)
        return code


def _found(folder: Path) -> Path:
    """The repository's top folder. git is asked while the screen's modules are imported: neither waits for the
    other. Raises RepositoryError."""
    from concurrent.futures import ThreadPoolExecutor

    from sandbox.workspace.repository import open_repository

    with ThreadPoolExecutor(1) as beside:
        repository = beside.submit(open_repository, folder)
        import agent.chat.screen  # noqa: F401 - for what it takes

        return repository.result().root


def _farewell(talk: "Talk") -> list[str]:
    if talk.knowledge is None:  # it was left before it was open
        from agent.serving.embedded import still_starting

        return [words] if (words := still_starting()) else []
    if not talk.left:
        return []
    from agent.export.server import session_in_words

    lines = [f"session {talk.left}; go on with: mimosa --resume {talk.left.rpartition('-')[2]}"]
    if talk.took and (words := session_in_words(talk.took)):
        lines.append(f"server  {words}")
    return lines


async def _chat(options: ChatOptions, flags: Mapping[str, object], repository: Path) -> "tuple[int, Talk | None]":
    """The exit code, and what was talked, None if it was left before that could begin. First the screen, then the
    rest: whoever types sees it at once."""
    from agent.chat.composer.completer import ChatCompleter
    from agent.chat.composer.files import FileList
    from agent.chat.composer.history import PrivateHistory
    from agent.chat.doorstep import Doorstep
    from agent.chat.screen import Screen
    from agent.state import state_folder

    doorstep = Doorstep(repository.name, options.mode)
    files = FileList(repository)
    completer = ChatCompleter(files, doorstep)
    screen = Screen(doorstep, doorstep, completer, PrivateHistory(state_folder()))

    doorstep.give_up = lambda: screen.app.exit(result=0)
    loop = asyncio.get_running_loop()

    def ask_trust(repository: Path, trust: "Trust") -> bool | None:
        """From the thread that loads: the question is put on the screen."""
        from agent.chat.trusting import trusts

        return asyncio.run_coroutine_threadsafe(trusts(screen, repository, trust), loop).result()

    def ask_server(question: str) -> bool:
        from agent.chat.serving import starts_server

        return asyncio.run_coroutine_threadsafe(starts_server(screen, question), loop).result()

    async def enter() -> None:
        try:
            files.look_soon()
            talk = await asyncio.to_thread(_loaded, options, flags, repository, ask_trust, ask_server)

            from agent.chat.chat import Chat

            chat = Chat(talk, screen)
            chat.begin()
            doorstep.enter(chat)
        except Exception as error:  # broad: whatever it is, it has to end the screen before it can be told
            screen.app.exit(exception=error)

    entering: list[asyncio.Task[None]] = []
    try:
        code = await screen.app.run_async(pre_run=lambda: entering.append(asyncio.ensure_future(enter())))
    except EOFError:  # the terminal has gone
        code = HANG_UP
    finally:
        for task in entering:
            task.cancel()
        if doorstep.chat:
            await doorstep.chat.end()
    return code, doorstep.chat.talk if doorstep.chat else None


def _loaded(
    options: ChatOptions,
    flags: Mapping[str, object],
    repository: Path,
    ask: "Ask",
    ask_server: Callable[[str], bool],
) -> "Talk":
    """Import and read what takes long, beside the screen. Raises MIMOSA_ERRORS."""
    import agent.chat.chat
    import agent.conversation.conversation  # noqa: F401 - so that opening it later does not block the screen
    from agent.chat.talk import Talk
    from agent.config.load import load_settings
    from agent.conversation.opening import Opening
    from agent.serving.embedded import agree, question_of
    from agent.serving.see_to import stands_in
    from agent.store import SessionStore
    from agent.trust import settle_trust

    settle_trust(repository, os.environ, ask)
    loaded = load_settings(repository, os.environ, flags)
    if not stands_in(loaded) and (question := question_of(loaded)) and ask_server(question):
        agree()
    opening = Opening(options.repository, loaded, session=options.chosen, fork=options.fork)
    return Talk(opening, repository, SessionStore.of_user(), flags, options.picks)
