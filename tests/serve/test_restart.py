"""A server that crashes is started again, up to a limit; who talks to it waits, and goes on."""

import os
import signal
import time
from pathlib import Path

import pytest
from patience import eventually
from serving_machine import LIMIT_S, QUICK, Machine

from model_runtime.base import ChatRequest, Completed, Retrying
from model_runtime.client import ChatClient, Limits
from model_runtime.endpoint import Endpoint
from model_runtime.errors import ModelUnavailable
from model_runtime.messages import UserMessage
from model_runtime.retry import RetryPolicy
from model_runtime.serving.local.instance import Care, Instance
from model_runtime.serving.local.launch import launch, start_again
from model_runtime.serving.local.look import find_running, look
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.ready import wait_ready
from model_runtime.serving.local.recovery import LocalRecovery
from model_runtime.serving.local.stop import stop

REQUEST = ChatRequest((UserMessage(content="hi"),), stream=True)


def started(machine: Machine, care: Care = QUICK, **variables: str) -> Instance:
    instance, _ = launch(machine.servers, machine.order(machine.python(**variables), care=care))
    return wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)


def crash(machine: Machine) -> None:
    os.kill(machine.sglang().pid, signal.SIGKILL)


def client(machine: Machine, instance: Instance) -> ChatClient:
    recovery = LocalRecovery(machine.servers, instance.base_url)
    policy = RetryPolicy(attempts=3, first_wait_s=0.1, max_wait_s=0.2)
    return ChatClient(Endpoint(instance.base_url), limits=Limits(retry=policy, recovery=recovery))


async def ask(talk: ChatClient) -> tuple[str, list[str]]:
    """The reply, and why it was asked again."""
    reasons, text = list[str](), ""
    async for delta in talk.chat(REQUEST):
        match delta:
            case Retrying(reason=reason):
                reasons.append(reason)
            case Completed(message=message):
                text = message.content
    return text, reasons


def test_a_crashed_server_is_started_again_and_its_log_says_so(machine: Machine) -> None:
    first = started(machine)
    crash(machine)
    eventually(lambda: find_running(machine.servers.folder) is not None and bool(machine.instance().crashes))
    eventually(lambda: machine.instance().ready_after_s is not None)
    now = machine.instance()
    assert now.process == first.process
    assert now.server != first.server
    assert [each.what for each in now.crashes] == ["it was killed by signal 9"]
    assert look(machine.servers, now).state == "ready"
    log = machine.servers.log_of(now.name).read_text()
    assert "[mimosa] it was killed by signal 9; restart 1 of 5 in 0 s" in log
    shown = machine.run(machine.command("status"))
    assert "crashed once within an hour" in shown.stdout


async def test_a_running_chat_goes_on_after_a_crash_in_the_middle_of_a_stream(
    machine: Machine, tmp_path: Path
) -> None:
    fatal = tmp_path / "fatal"
    instance = started(machine, Care(first_wait_s=2.0), STANDIN_KILLED=str(fatal))
    talk = client(machine, instance)
    assert await ask(talk) == ("hello again", [])
    fatal.touch()
    text, reasons = await ask(talk)
    await talk.close()
    assert text == "hello again"
    assert any("crashed (it was killed by signal 9); restart 1 of 5" in reason for reason in reasons), reasons


def test_a_server_that_crashes_too_often_is_left_alone(machine: Machine) -> None:
    started(machine, Care(restarts=1, first_wait_s=0.1))
    crash(machine)
    eventually(lambda: machine.instance().ready_after_s is not None and bool(machine.instance().crashes))
    crash(machine)
    eventually(lambda: not is_alive(machine.instance().process))
    seen = look(machine.servers, machine.instance())
    assert seen.state == "died"
    log = machine.servers.log_of(seen.instance.name).read_text()
    assert "it ended 2 times within an hour and is not started again" in log


async def test_restarts_can_be_switched_off_and_a_chat_is_told_why_nobody_answers(machine: Machine) -> None:
    instance = started(machine, Care(restarts=0))
    talk = client(machine, instance)
    await talk.info()
    crash(machine)
    eventually(lambda: not is_alive(instance.process))
    assert look(machine.servers, machine.instance()).state == "died"
    with pytest.raises(ModelUnavailable, match=f"{instance.name} ended: it was killed by signal 9"):
        await ask(talk)
    await talk.close()


def test_a_server_can_be_stopped_while_it_waits_for_its_restart(machine: Machine) -> None:
    instance = started(machine, Care(first_wait_s=60))
    crash(machine)
    eventually(lambda: bool(machine.instance().crashes))
    assert look(machine.servers, machine.instance()).state == "restarting"
    stop(machine.servers, machine.instance(), grace_s=5)
    assert not is_alive(instance.process)
    assert look(machine.servers, machine.instance()).state == "stopped"


async def test_an_idle_server_stops_by_itself_and_a_chat_brings_it_back(machine: Machine) -> None:
    instance = started(machine, Care(idle_s=0.5))
    talk = client(machine, instance)
    await talk.info()
    eventually(lambda: not is_alive(instance.process))
    assert look(machine.servers, machine.instance()).state == "stopped"
    assert "because it was idle" in machine.run(machine.command("status")).stdout
    text, reasons = await ask(talk)
    await talk.close()
    assert text == "hello again"
    assert any("had stopped because it was idle" in reason for reason in reasons), reasons


def test_a_busy_server_is_not_idle(machine: Machine) -> None:
    instance = started(machine, Care(idle_s=0.2), STANDIN_BUSY="1")
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        assert look(machine.servers, instance).state == "ready"


def test_what_was_stopped_by_hand_is_not_brought_back_by_a_chat(machine: Machine) -> None:
    instance = started(machine)
    stop(machine.servers, instance, grace_s=5)
    assert LocalRecovery(machine.servers, instance.base_url).news() is None


def test_a_server_is_started_again_as_it_was(machine: Machine) -> None:
    instance = started(machine)
    stop(machine.servers, instance, grace_s=5)
    again = start_again(machine.servers, machine.instance())
    assert (again.command, again.care, again.stopped) == (instance.command, instance.care, False)
    eventually(lambda: find_running(machine.servers.folder) is not None)
