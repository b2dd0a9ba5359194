"""What is said of a server is true of the process, and `stop` ends it and nothing else."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from patience import eventually
from serving_machine import LIMIT_S, Machine

from model_runtime.serving.errors import NoServer
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.launch import launch
from model_runtime.serving.local.look import find_running, look
from model_runtime.serving.local.process import ProcessId, identify, is_alive
from model_runtime.serving.local.ready import wait_ready
from model_runtime.serving.local.stop import stop


def started(machine: Machine, **variables: str) -> Instance:
    instance, _ = launch(machine.servers, machine.order(machine.python(**variables)))
    return wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)


@pytest.fixture
def bystander() -> Iterator[ProcessId]:
    """A process that nothing here may end."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    found = identify(process.pid)
    assert found is not None
    yield found
    process.kill()
    process.wait()


def test_status_tells_the_load_of_a_ready_server(machine: Machine) -> None:
    started(machine, STANDIN_BUSY="2")
    shown, told = machine.run(machine.command("status")), machine.run(machine.command("status", "--json"))
    assert shown.returncode == told.returncode == 0
    assert "ready" in shown.stdout
    assert "requests: 2 running, 0 waiting; cache: 1,200 of 65,536 tokens in use" in shown.stdout
    (server,) = json.loads(told.stdout)
    assert server["state"] == "ready"
    assert server["base_url"] == f"http://127.0.0.1:{machine.port}/v1"


def test_status_without_a_server_is_worth_a_later_try(machine: Machine) -> None:
    done = machine.run(machine.command("status"))
    assert done.returncode == 75
    assert "mimosa serve" in done.stdout


def test_a_server_that_was_killed_with_its_supervisor_is_noticed_and_started_anew(machine: Machine) -> None:
    first = started(machine)
    sglang = machine.sglang()
    os.kill(first.process.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(sglang))
    eventually(lambda: look(machine.servers, first).state == "died")
    assert find_running(machine.servers.folder) is None
    assert machine.run(machine.command("status")).returncode == 75
    assert started(machine).process != first.process


def test_a_server_that_hangs_is_called_silent(machine: Machine) -> None:
    instance = started(machine)
    sglang = machine.sglang()
    os.kill(sglang.pid, signal.SIGSTOP)
    try:
        assert look(machine.servers, instance, patience_s=0.5).state == "silent"
    finally:
        os.kill(sglang.pid, signal.SIGCONT)


def test_a_state_file_from_before_a_restart_of_the_machine_is_not_believed(
    machine: Machine, bystander: ProcessId
) -> None:
    instance = started(machine)
    stop(machine.servers, instance, grace_s=5)
    stale = instance.model_copy(update={"process": bystander.model_copy(update={"boot": "an earlier one"})})
    machine.servers.write(stale)
    assert look(machine.servers, stale).state == "gone"
    stop(machine.servers, stale, grace_s=1)
    assert is_alive(bystander)
    assert is_alive(started(machine).process)


def test_a_number_that_is_another_process_s_by_now_is_not_ended(machine: Machine, bystander: ProcessId) -> None:
    instance = started(machine)
    stop(machine.servers, instance, grace_s=5)
    older = bystander.model_copy(update={"start_ticks": bystander.start_ticks - 1})
    reused = instance.model_copy(update={"process": older})
    machine.servers.write(reused)
    assert look(machine.servers, reused).state == "died"
    stop(machine.servers, reused, grace_s=1)
    assert is_alive(bystander)


def test_a_state_file_that_is_cut_short_does_not_stand_in_the_way(machine: Machine) -> None:
    instance = started(machine)
    stop(machine.servers, instance, grace_s=5)
    (machine.servers.folder / instance.name / "server.json").write_text('{"name": "mi')
    assert machine.servers.all() == ()
    assert is_alive(started(machine).process)


def test_a_stopped_server_is_gone_and_said_to_be_stopped(machine: Machine) -> None:
    instance = started(machine)
    done = machine.run(machine.command("stop"))
    assert done.returncode == 0, done.stderr
    eventually(lambda: not is_alive(instance.process))
    assert look(machine.servers, machine.instance()).state == "stopped"
    assert "does not run" in machine.run(machine.command("stop")).stdout


def test_stop_asks_first_while_requests_are_running(machine: Machine) -> None:
    instance = started(machine, STANDIN_BUSY="1")
    refused = machine.run(machine.command("stop"))
    assert refused.returncode == 2
    assert "1 request of" in refused.stderr
    assert is_alive(instance.process)
    assert machine.run(machine.command("stop", "--yes")).returncode == 0
    eventually(lambda: not is_alive(instance.process))


@pytest.mark.parametrize(("answer", "lives"), [("n", True), ("", True), ("y", False)])
def test_on_a_terminal_the_answer_decides(machine: Machine, answer: str, lives: bool) -> None:
    instance = started(machine, STANDIN_BUSY="1")
    words = machine.command("stop", instance.name)
    ask = (
        "import os, pty, sys\n"
        "def read(fd):\n"
        "    data = os.read(fd, 1024)\n"
        "    if b'[y/N]' in data: os.write(fd, sys.argv[1].encode() + b'\\n')\n"
        "    return data\n"
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))\n"
    )
    done = machine.run([sys.executable, "-c", ask, answer, *words])
    assert done.returncode == (1 if lives else 0), done.stdout
    assert is_alive(instance.process) == lives


def test_a_server_that_does_not_listen_is_ended_with_its_children(machine: Machine) -> None:
    instance = started(machine, STANDIN_DEAF="1")
    log = machine.servers.log_of(instance.name).read_text()
    child = identify(int(log.partition("child ")[2].split()[0]))
    assert child is not None
    stop(machine.servers, instance, grace_s=0.3)
    eventually(lambda: not is_alive(instance.process) and not is_alive(child))


def test_logs_show_the_last_lines_and_follow_until_the_end(machine: Machine) -> None:
    instance = started(machine)
    last = machine.run(machine.command("logs", "-n", "1"))
    assert last.stdout.endswith("The server is fired up and ready to roll!\n")
    assert last.stdout.count("\n") == 1
    with subprocess.Popen(
        machine.command("logs", "-f"), env=machine.environment(), stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline()
        stop(machine.servers, instance, grace_s=5)
        assert "Gracefully exiting" in following.stdout.read()
    assert following.returncode == 0


def test_a_server_is_named_by_the_beginning_of_its_name(machine: Machine) -> None:
    instance = started(machine)
    assert machine.servers.find("mimo") == instance
    assert machine.servers.find(None) == instance
    with pytest.raises(NoServer, match=instance.name):
        machine.servers.find("other")


def test_a_server_that_still_starts_is_not_offered(machine: Machine) -> None:
    launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="1")))
    assert find_running(machine.servers.folder) is None
