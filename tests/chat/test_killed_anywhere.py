"""A chat that uses all there is and is killed with SIGKILL six times on the way; then its session is opened as it
was after each single event of its log."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, get_args

import pytest
from chats import PROMPT, READY, Desk
from model_server import Call, Hang, ModelServer, Reply
from terminal import Terminal

from agent.config.load import load_settings
from agent.conversation.allowed import allowed_in
from agent.conversation.conversation import Conversation
from agent.conversation.opening import Opening
from agent.events import CheckpointMade, Event, Record, SessionStarted, TurnEnded
from agent.history import History
from agent.knowledge.assembly import Knowledge
from agent.lock import FILE as LOCK
from agent.log import FILE as LOG
from agent.log import read_log
from agent.plan.mode import planning_after
from agent.queued import queued, typed_ahead
from agent.rewinding import standing
from agent.store import SessionStore

Open = Callable[..., Terminal]
NEVER_IN_A_CHAT = {"verified", "session_ended"}
"""Kinds of events that end what nobody talks with: a fix, and a subagent's work."""
HOOKS = """
[hooks.broken]
on = "before_tool"
tools = ["plan"]
command = "exit 3"
"""
AT_ONCE = 4
"""Sessions that are opened side by side."""


def bash(command: str) -> Reply:
    return Reply(reasoning="Hm.", calls=(Call("bash", {"command": command}),))


def plan(text: str) -> Reply:
    return Reply(calls=(Call("plan", {"plan": text}),))


def logged_kinds() -> set[str]:
    """Every kind of event that a log may have."""
    of_events, _ = get_args(Event)
    return {kind.model_fields["type"].default for kind in get_args(of_events) if kind.logged}


def killed(terminal: Terminal) -> None:
    terminal.kill(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    for _ in range(200):
        if terminal.is_sane():
            return
        terminal.read(0.05)
    raise AssertionError("no shell could be used in the terminal any more")


def reopened(chat: Open, **options: Any) -> Terminal:
    terminal = chat("-c", **options)
    terminal.wait_for(READY)
    return terminal


def played(desk: Desk, chat: Open, server: ModelServer) -> None:
    """All of it, in seven chats with one session."""
    desk.configure(HOOKS)
    terminal = chat(columns=300)
    terminal.wait_for(READY)
    nameless = Call("bash", {"command": "echo agent >made.txt"}, id="")
    server.will(
        Reply(content="It breaks in the middle of this.", drop_after=900),
        Reply(reasoning="Hm.", calls=(nameless, nameless)),
        Reply(content="Answer 1."),
    )
    terminal.type("one\r")
    terminal.wait_for("Answer 1.")
    terminal.settle()
    (desk.repository / "stats.py").write_text("# mine\n")
    terminal.type("/checkpoint here\r")
    terminal.wait_for("this moment is called")
    server.will(Hang(Reply(reasoning="this is hard " * 9)))
    terminal.type("two\r")
    terminal.wait_for("this is hard")
    terminal.type("three @stats.py\r")
    terminal.type("four\r")
    terminal.type("!echo by hand\r")
    terminal.type("five\r")
    terminal.wait_for("waiting: five")
    terminal.type("\x1b[A")  # ↑ takes it back
    terminal.wait_for(f"{PROMPT} five")
    terminal.type("\x15steered\x13")
    terminal.wait_for("at its next step the model is told: steered")
    killed(terminal)

    terminal = reopened(chat)
    terminal.wait_for("3 messages waited when it was left", anywhere=True)
    terminal.wait_for("waiting: !echo by hand")
    server.will(bash("echo begun; sleep 600"))
    terminal.type("\r")  # they are sent, the first of them now
    terminal.wait_for("  begun")
    assert "▌ three `stats.py`" in terminal.scrollback()
    killed(terminal)

    terminal = reopened(chat, mode="ask")
    terminal.wait_for("2 messages waited when it was left", anywhere=True)
    server.will(bash("touch asked.txt"))
    terminal.type("\r")
    terminal.wait_for("Yes, once")
    killed(terminal)

    terminal = reopened(chat, mode="ask")
    terminal.wait_for("waiting: !echo by hand")
    terminal.type("\r")
    terminal.wait_for("! echo by hand")
    terminal.wait_until_gone("waiting: ")
    server.will(bash("touch asked.txt"), Reply(content="Answer 6."))
    terminal.type("six\r")
    terminal.wait_for("2  Yes, and for this session: touch *")
    terminal.type("2")
    terminal.wait_for("Answer 6.")
    terminal.settle()
    terminal.type("/approve forget\r")
    terminal.wait_for("is asked for again")
    terminal.type("/undo\r")
    terminal.wait_for(f"{PROMPT} six")
    terminal.type("\x15/redo\r")
    terminal.wait_for("done again")
    server.will(Hang())
    terminal.type("/compact\r")
    terminal.wait_for("summing up the history")
    killed(terminal)

    terminal = reopened(chat)
    server.will(Reply(content="What was said until then."), plan("1. Mend it."))
    terminal.type("/compact\r")
    terminal.wait_for("summed up: ")
    terminal.type("/plan mend it\r")
    terminal.wait_for("Allow it to carry out this plan?")
    killed(terminal)

    terminal = reopened(chat)
    terminal.wait_for("plan · ")
    server.will(plan("2. Mend it well."), Reply(content="Now it is done."))
    terminal.type("where were we\r")
    terminal.wait_for("Allow it to carry out this plan?")
    terminal.type("y")
    terminal.wait_for("Now it is done.")
    terminal.settle()
    terminal.type("/apply\r")
    terminal.wait_for("applied 2 files")
    killed(terminal)

    terminal = reopened(chat)
    assert len(desk.sessions) == 1
    terminal.type("/fork\r")
    terminal.wait_for("this is a copy")
    server.will(Reply(content="Answer 9."), Hang(Reply(reasoning="this is hard " * 9)))
    terminal.type("another way\r")
    terminal.wait_for("Answer 9.")
    terminal.type("and another\r")
    terminal.wait_for("this is hard")
    terminal.type("and then\r")
    terminal.wait_for("waiting: and then")
    terminal.type("\x1b")
    terminal.wait_for("1 waiting: Enter sends")
    terminal.type("\x04\x04")
    assert terminal.wait_exit() == 0 and terminal.is_sane()


def cut(folder: Path, records: Sequence[Record], store: SessionStore) -> None:
    """The session as it was after these events. What lies beside the log is written before the event that speaks
    of it and never changed, so what is there too early is not seen."""
    target = store.folder / folder.name
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        (target / relative.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_file() and relative.parts[0] not in (LOCK, LOG):
            os.link(path, target / relative)
    (target / LOG).write_text("".join(f"{record.model_dump_json()}\n" for record in records))


async def check(desk: Desk, store: SessionStore, session: str, events: Sequence[Event]) -> None:
    """It opens, all is as the events say, and it goes on."""
    loaded = load_settings(
        desk.repository,
        {"HOME": str(desk.home)},
        {"model.base_url": desk.url, "sandbox.backend": "local"},
    )
    files = {path: path.read_bytes() for path in desk.repository.iterdir() if path.is_file()}
    opening = Opening(desk.repository, loaded, session=session, mode="auto")
    conversation = await Conversation.open(
        opening, store, assemble=Knowledge({"HOME": str(desk.home)}), asker=None
    )
    try:
        start = events[0]
        assert isinstance(start, SessionStarted)
        told = History.of(start, events).messages
        history = conversation.opened.session.history
        assert history.messages[: len(told)] == told
        assert not history.open_calls
        assert list(conversation.waiting) == queued(events)
        assert list(conversation.typed_ahead) == typed_ahead(events)
        assert bool(conversation.permissions.locked) == planning_after(standing(events))
        assert conversation.permissions.allowed_for_session == allowed_in(events)
        made = [event for event in events if isinstance(event, CheckpointMade)]
        last = conversation.opened.session.checkpoint
        assert (last.tree if last else None) == (made[-1].tree if made else None)
        assert await conversation.opened.session.save() is None, "the files are as they were recorded"
        async with aclosing(conversation.say("go on")) as happened:
            *_, end = [event async for event in happened if isinstance(event, TurnEnded)]
        assert end.reason == "answered"
        assert {path: path.read_bytes() for path in desk.repository.iterdir() if path.is_file()} == files
    finally:
        await conversation.close()


@pytest.mark.timeout(400)
def test_killed_at_any_event_it_is_where_it_was(
    desk: Desk, chat: Open, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(desk, chat, server)
    original, fork = desk.sessions
    whole = [record for folder in (original, fork) for record in read_log(folder)]
    assert logged_kinds() - {record.event.type for record in whole} == NEVER_IN_A_CHAT
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    prefixes = prefixes_of(fork, original)
    server.will(*[Reply(content="It goes on.")] * len(prefixes))
    asyncio.run(all_of_them(desk, tmp_path, prefixes))


def prefixes_of(*folders: Path) -> list[tuple[Path, Sequence[Record]]]:
    """What a log had after each of its events; a copy begins as its original did, and that counts once."""
    found: dict[str, tuple[Path, Sequence[Record]]] = {}
    for folder in folders:
        records = read_log(folder)
        for count in range(1, len(records) + 1):
            events = [record.event for record in records[:count]]
            found.setdefault(repr(events[1:]), (folder, records[:count]))
    return list(found.values())


async def all_of_them(desk: Desk, root: Path, prefixes: Sequence[tuple[Path, Sequence[Record]]]) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(folder: Path, records: Sequence[Record]) -> None:
        events = [record.event for record in records]
        store = SessionStore(root / f"{folder.name}-{len(records)}")
        async with room:
            cut(folder, records, store)
            try:
                await check(desk, store, folder.name, events)
            except Exception as error:
                raise AssertionError(f"after event {len(records)}, {events[-1].type}: {error}") from error
        shutil.rmtree(store.folder.parent)

    await asyncio.gather(*(one(folder, records) for folder, records in prefixes))
