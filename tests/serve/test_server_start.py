"""`mimosa serve` makes one server that outlives whoever started it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from patience import eventually
from serving_machine import LIMIT_S, MODEL, Machine

from model_runtime.serving.errors import LaunchRefused, PortTaken, ServerNotReady
from model_runtime.serving.local.launch import launch, server_environment
from model_runtime.serving.local.look import find_running, look
from model_runtime.serving.local.process import end, is_alive
from model_runtime.serving.local.progress import Phase, Progress
from model_runtime.serving.local.ready import wait_ready


def test_a_start_is_shown_phase_by_phase_and_ends_with_an_address(machine: Machine) -> None:
    done = machine.run(machine.serve(machine.python(STANDIN_PAUSE="0.04")))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{MODEL} is ready at http://127.0.0.1:{machine.port}/v1"
    assert "starting (0%)" in done.stderr
    assert "ready (100%)" in done.stderr
    assert is_alive(machine.instance().process)


def test_a_second_call_finds_the_running_server(machine: Machine) -> None:
    python = machine.python()
    first, second = (machine.run(machine.serve(python, "--json")) for _ in range(2))
    assert second.returncode == 0, second.stderr
    assert json.loads(first.stdout)["pid"] == json.loads(second.stdout)["pid"]
    assert "runs already" in second.stderr


def test_a_running_server_s_other_flags_are_pointed_out(machine: Machine) -> None:
    python = machine.python()
    machine.run(machine.serve(python))
    again = machine.run(machine.serve(python, "--", "--mem-fraction-static", "0.5"))
    assert "started with other flags" in again.stderr
    assert again.returncode == 0


def test_two_starts_at_once_make_one_server(machine: Machine) -> None:
    words = machine.serve(machine.python(STANDIN_PAUSE="0.05"), "--json")
    both = [
        subprocess.Popen(words, env=machine.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [json.loads(each.communicate(timeout=LIMIT_S)[0]) for each in both]
    assert said[0]["pid"] == said[1]["pid"]
    assert machine.servers.log_of(said[0]["name"]).read_text().count("fired up") == 1


def test_the_server_outlives_the_terminal(machine: Machine) -> None:
    words = machine.serve(machine.python(STANDIN_PAUSE="0.15"))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(words[0], words, dict(machine.environment()))
    eventually(lambda: bool(machine.servers.all()))
    os.close(terminal)  # The kernel hangs up on everything that belongs to the terminal.
    os.waitpid(pid, 0)
    assert look(machine.servers, machine.instance()).state == "starting"
    eventually(lambda: find_running(machine.servers.folder) == f"http://127.0.0.1:{machine.port}/v1")


def test_an_interrupt_ends_the_waiting_alone(machine: Machine) -> None:
    with subprocess.Popen(
        machine.serve(machine.python(STANDIN_PAUSE="1")),
        env=machine.environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        eventually(lambda: "starting" in (waiting.stderr.readline() if waiting.stderr else ""))
        waiting.send_signal(signal.SIGINT)
        assert "goes on starting" in waiting.stderr.read()
    assert waiting.returncode == 130
    assert is_alive(machine.instance().process)


def test_nothing_is_waited_for_if_that_is_wanted(machine: Machine) -> None:
    done = machine.run(machine.serve(machine.python(STANDIN_PAUSE="1"), "--wait", "0"))
    assert done.returncode == 0
    assert "is starting" in done.stdout


def test_patience_has_a_limit_and_the_server_goes_on(machine: Machine) -> None:
    instance, _ = launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="1")))
    with pytest.raises(ServerNotReady, match="goes on starting"):
        wait_ready(machine.servers, instance, limit_s=0.2, report=lambda _: None, poll_s=0.1)
    assert is_alive(instance.process)


def test_the_next_start_knows_how_long_the_last_one_took(machine: Machine) -> None:
    order, seen = machine.order(machine.python()), list[Progress]()
    first, _ = launch(machine.servers, order)
    assert first.previous_s is None
    ready = wait_ready(machine.servers, first, limit_s=LIMIT_S, report=seen.append, poll_s=0.05)
    end(ready.process, 5)
    second, started = launch(machine.servers, order)
    assert started
    assert second.previous_s == ready.ready_after_s is not None
    assert seen[-1] == Progress(Phase.READY, 1.0)


def test_the_log_of_the_start_before_is_kept(machine: Machine) -> None:
    order = machine.order(machine.python(STANDIN_FAIL="driver"))
    for _ in range(2):
        instance, _ = launch(machine.servers, order)
        eventually(lambda: not is_alive(machine.instance().process))
    log = machine.servers.log_of(instance.name)
    assert "driver" in log.with_name("server.log.old").read_text()


def test_another_model_does_not_get_the_port_of_one_that_still_loads(machine: Machine) -> None:
    python = machine.python(STANDIN_PAUSE="1")
    first, _ = launch(machine.servers, machine.order(python))
    other = machine.order(python)
    with pytest.raises(PortTaken, match=first.name):
        launch(machine.servers, type(other)("another", other.command, python))


@pytest.mark.parametrize("flag", ["--port", "--host=0.0.0.0", "--served-model-name"])
def test_flags_that_the_state_depends_on_are_not_taken(machine: Machine, flag: str) -> None:
    with pytest.raises(LaunchRefused, match="cannot be given"):
        launch(machine.servers, machine.order(machine.python(), flag))


def test_the_server_works_elsewhere_than_in_the_user_s_folder(machine: Machine) -> None:
    instance, _ = launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="1")))
    folder = machine.servers.log_of(instance.name).parent
    eventually(lambda: Path(f"/proc/{instance.process.pid}/cwd").readlink() == folder)


def test_the_server_s_environment_holds_no_key_of_mimosa_and_finds_its_own_tools() -> None:
    ours = {"MIMOSA_API_KEY": "secret", "HF_TOKEN": "hf", "PATH": "/usr/bin"}
    made = server_environment("/opt/sglang/bin/python", ours)
    assert made == {"HF_TOKEN": "hf", "PATH": "/opt/sglang/bin:/usr/bin", "PYTHONUNBUFFERED": "1"}


def test_several_machines_are_planned_not_started(machine: Machine) -> None:
    done = machine.run(machine.serve(sys.executable, "--replicas", "2"))
    assert done.returncode == 2
    assert "--plan" in done.stderr


def test_a_plan_takes_no_flags_that_it_would_ignore(machine: Machine) -> None:
    done = machine.run(machine.serve(sys.executable, "--plan", "--", "--mem-fraction-static", "0.5"))
    assert done.returncode == 2


def test_a_model_that_does_not_fit_is_not_started(machine: Machine) -> None:
    done = machine.run(machine.command("serve", "--gpus", "1xL4", "--python", machine.python()))
    assert done.returncode == 1
    assert "does not fit" in done.stderr
    assert not machine.servers.all()
