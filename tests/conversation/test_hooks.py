"""The user's own commands see what goes on, may refuse it in words that the model reads, and never hang a turn."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from model_server import Reply
from talks import Talks, bash, end, results, say

from agent.config.named import Named
from agent.config.named_settings import HookSettings
from agent.config.origin import DEFAULT
from agent.events import ToolStarted, UserSaid
from agent.hooks.run import run_hook
from agent.knowledge.assembly import Knowledge


def configure(talks: Talks, text: str) -> None:
    own = talks.state / ".config" / "mimosa"
    own.mkdir(parents=True)
    (own / "config.toml").write_text(text)


def hook(command: str, **more: object) -> Named[HookSettings]:
    return Named("h", HookSettings.model_validate({"on": "before_tool", "command": command, **more}), DEFAULT)


def has_ended(pid_file: Path) -> bool:
    """Whether the process is gone, or only waits for its parent; a killed one may take a moment."""
    stat = Path(f"/proc/{pid_file.read_text().strip()}/stat")
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def knowledge(talks: Talks) -> Knowledge:
    return Knowledge({"HOME": str(talks.state)})


async def test_a_hook_before_a_tool_refuses_with_a_reason(talks: Talks, tmp_path: Path) -> None:
    configure(
        talks,
        "[hooks.guard]\non = 'before_tool'\ntools = ['bas*']\n"
        f"command = 'cat > {tmp_path}/told; echo not on a Friday >&2; exit 2'\n",
    )
    talks.server.will(bash("touch made"), Reply(content="well then"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        events = await say(conversation, "go")
        folder = conversation.folder
    assert results(events) == ["Not allowed: not on a Friday (hook guard)"]
    assert not any(isinstance(event, ToolStarted) for event in events)
    told = json.loads((tmp_path / "told").read_text())
    assert told["arguments"] == {"command": "touch made"}
    assert (told["tool"], told["on"], told["session"]) == ("bash", "before_tool", folder.name)
    assert told["repository"] == str(talks.repository)


async def test_a_hook_for_other_tools_is_not_asked(talks: Talks) -> None:
    configure(talks, "[hooks.guard]\non = 'before_tool'\ntools = ['str_replace']\ncommand = 'exit 2'\n")
    talks.server.will(bash("echo ran"), Reply(content="ok"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        assert "ran" in results(await say(conversation, "go"))[0]


async def test_a_hook_after_a_tool_adds_what_the_model_should_know(talks: Talks) -> None:
    answer = '{"decision": "refuse", "reason": "line 3 is too long"}'
    configure(talks, f"[hooks.lint]\non = 'after_tool'\ncommand = '''echo '{answer}' '''\n")
    talks.server.will(bash("echo ran"), Reply(content="ok"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        told = results(await say(conversation, "go"))[0]
    assert told.startswith("ran") and told.endswith("[hook lint: line 3 is too long]")


async def test_a_hook_at_the_end_makes_the_model_go_on_a_few_times(talks: Talks) -> None:
    configure(talks, "[hooks.tests]\non = 'turn_end'\ncommand = 'echo 2 tests fail >&2; exit 2'\n")
    talks.server.will(*(Reply(content=f"done {number}") for number in range(6)))
    mine = knowledge(talks)
    async with talks.open(assemble=mine) as conversation:
        events = await say(conversation, "go")
    said = [event for event in events if isinstance(event, UserSaid)]
    assert [(event.by, event.message.content) for event in said] == [
        ("user", "go"),
        *[("mimosa", "The turn is not over yet. Hook tests says: 2 tests fail")] * 3,
    ]
    assert end(events).reason == "answered"
    assert "although a hook refuses it" in mine.notes[0]


async def test_a_hook_that_fails_is_told_to_the_user_and_blocks_nothing(talks: Talks) -> None:
    configure(talks, "[hooks.typo]\non = 'before_tool'\ncommand = 'no-such-program'\n")
    talks.server.will(bash("echo ran"), Reply(content="ok"))
    mine = knowledge(talks)
    async with talks.open(assemble=mine) as conversation:
        assert "ran" in results(await say(conversation, "go"))[0]
    assert "hook typo failed with exit code 127" in mine.notes[0] and "no-such-program" in mine.notes[0]


async def test_a_required_hook_that_fails_keeps_the_tool_from_running(talks: Talks) -> None:
    configure(talks, "[hooks.scan]\non = 'before_tool'\ncommand = 'exit 1'\nrequired = true\n")
    talks.server.will(bash("echo ran"), Reply(content="ok"))
    async with talks.open(assemble=knowledge(talks)) as conversation:
        assert "it must agree first" in results(await say(conversation, "go"))[0]


async def test_a_hook_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    began = time.monotonic()
    command = f"sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60' & wait"
    outcome = await run_hook(hook(command, timeout_s=0.5), {}, tmp_path)
    assert outcome.failed == "hook h was ended after 0.5 s" and time.monotonic() - began < 10
    assert has_ended(tmp_path / "pid")


async def test_a_hook_that_leaves_a_process_behind_does_not_hang(tmp_path: Path) -> None:
    began = time.monotonic()
    outcome = await run_hook(hook("sleep 30 & echo no >&2; exit 2"), {}, tmp_path)
    assert outcome.refused == "no" and time.monotonic() - began < 10


async def test_a_flood_of_output_is_bounded(tmp_path: Path) -> None:
    outcome = await run_hook(hook("head -c 20000000 /dev/zero | tr '\\0' x >&2; exit 2"), {}, tmp_path)
    assert 4_000 <= len(outcome.refused) < 5_000


async def test_an_interrupt_ends_a_hook(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "started")
    command = f"echo $$ > {tmp_path}/pid; echo > {tmp_path}/started; exec sleep 60"
    task = asyncio.create_task(run_hook(hook(command), {}, tmp_path))
    await asyncio.to_thread((tmp_path / "started").read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert has_ended(tmp_path / "pid")


async def test_the_key_of_the_endpoint_is_no_hooks_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMOSA_API_KEY", "secret")
    monkeypatch.setenv("OTHER", "seen")
    outcome = await run_hook(hook('echo "$OTHER:$MIMOSA_API_KEY" >&2; exit 2'), {}, tmp_path)
    assert outcome.refused == "seen:"
