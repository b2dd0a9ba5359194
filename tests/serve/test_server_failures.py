"""A start that fails is explained, with what to do."""

import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest
from patience import eventually
from serving_machine import LIMIT_S, Machine

from model_runtime.serving.errors import LaunchRefused, PortTaken, ServerFailed
from model_runtime.serving.local.causes import CAUSES
from model_runtime.serving.local.explain import explain
from model_runtime.serving.local.launch import launch
from model_runtime.serving.local.look import look
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.ready import wait_ready
from model_runtime.serving.local.stop import stop

SAID = {
    "gpu-memory": "--mem-fraction-static 0.7",
    "no-cache-memory": "--mem-fraction-static 0.9",
    "driver": "nvidia-smi",
    "missing-weights": "--model-path",
    "corrupt-weights": "Remove the file",
    "disk-full": "df -h",
    "jit-timeout": "Start it again",
    "host-memory": "dmesg",
}
ELSEWHERE = {"unknown-flag", "port-taken"}


def fails(machine: Machine, python: str) -> str:
    """The message of a start that fails."""
    instance, _ = launch(machine.servers, machine.order(python))
    with pytest.raises(ServerFailed) as caught:
        wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)
    assert instance.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("cause", SAID)
def test_a_known_cause_is_recognised_and_answered(machine: Machine, cause: str) -> None:
    message = fails(machine, machine.python(STANDIN_FAIL=cause))
    assert SAID[cause] in message
    seen = look(machine.servers, machine.instance())
    assert seen.state == "died"
    assert seen.why is not None
    assert seen.why.cause == cause


def test_every_known_cause_is_tried() -> None:
    assert {cause.name for cause in CAUSES} == set(SAID) | ELSEWHERE


def test_an_unknown_cause_shows_the_last_lines(machine: Machine) -> None:
    message = fails(machine, machine.python(STANDIN_FAIL="unknown"))
    assert "the flux capacitor is not aligned" in message
    assert "exit code 1" in message


def test_a_server_that_is_killed_while_it_starts_is_told_so(machine: Machine) -> None:
    python = machine.python(STANDIN_PAUSE="1")
    instance, _ = launch(machine.servers, machine.order(python))
    os.kill(machine.sglang().pid, signal.SIGKILL)
    with pytest.raises(ServerFailed, match="signal 9"):
        wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)


def test_a_stop_in_the_middle_of_a_start_is_not_called_a_failure(machine: Machine) -> None:
    instance, _ = launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="1")))
    stop(machine.servers, instance, grace_s=5)
    with pytest.raises(ServerFailed, match="was stopped"):
        wait_ready(machine.servers, instance, limit_s=LIMIT_S, report=lambda _: None, poll_s=0.05)


def test_a_port_in_use_is_found_before_anything_is_loaded(machine: Machine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        with pytest.raises(PortTaken, match=f"Port {machine.port}"):
            launch(machine.servers, machine.order(machine.python()))
    assert not machine.servers.all()


def test_a_port_that_is_taken_while_weights_load_is_recognised(machine: Machine) -> None:
    instance, _ = launch(machine.servers, machine.order(machine.python(STANDIN_PAUSE="0.05")))
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        eventually(lambda: not is_alive(instance.process))
    seen = look(machine.servers, instance)
    assert seen.why is not None
    assert seen.why.cause == "port-taken"


def test_an_unknown_flag_is_found_by_sglang_s_own_parser(machine: Machine) -> None:
    with pytest.raises(LaunchRefused, match="unrecognized arguments: --enable-mtp"):
        launch(machine.servers, machine.order(machine.python(), "--enable-mtp"))
    assert not machine.servers.all()


def test_a_flag_that_an_upgrade_renamed_is_found_before_the_launch(machine: Machine) -> None:
    with pytest.raises(LaunchRefused, match="--tp-size 1"):
        launch(machine.servers, machine.order(machine.python(STANDIN_RENAMED="--tp-size")))


def test_a_wrong_value_is_found_before_the_launch(machine: Machine) -> None:
    with pytest.raises(LaunchRefused, match="invalid choice: 'latin'"):
        launch(machine.servers, machine.order(machine.python(), "--reasoning-parser", "latin"))


def test_a_flag_that_another_version_refuses_in_its_log_names_the_version_to_install() -> None:
    found = explain("sglang serve: error: unrecognized arguments: --tp-size 8", sglang="0.7.0")
    assert found.cause == "unknown-flag"
    assert "0.5.23" in found.todo


def test_a_missing_sglang_is_told_with_how_to_install_it(machine: Machine) -> None:
    with pytest.raises(LaunchRefused, match="pip install 'sglang=="):
        launch(machine.servers, machine.order(bare(machine, sys.executable)))


def test_an_sglang_that_cannot_be_imported_shows_why(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "broken/sglang").mkdir(parents=True)
    (tmp_path / "broken/sglang/__init__.py").write_text("raise ImportError('libcudart.so.12 is missing')")
    with pytest.raises(LaunchRefused, match=r"libcudart\.so\.12 is missing"):
        launch(machine.servers, machine.order(machine.python(PYTHONPATH=str(tmp_path / "broken"))))


def test_a_file_of_the_user_s_folder_is_never_taken_for_sglang(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sglang.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LaunchRefused, match="There is no SGLang"):
        launch(machine.servers, machine.order(bare(machine, sys.executable)))
    assert not (tmp_path / "ran").exists()


def test_an_interpreter_that_is_not_there_is_named(machine: Machine) -> None:
    with pytest.raises(LaunchRefused, match="/nowhere/python"):
        launch(machine.servers, machine.order("/nowhere/python"))


def test_a_state_directory_that_cannot_be_written_is_told(machine: Machine) -> None:
    machine.state.write_text("a file where a folder is wanted")
    done = machine.run(machine.serve(machine.python()))
    assert done.returncode == 2
    assert "MIMOSA_STATE_DIR" in done.stderr


def test_a_log_that_cannot_be_written_is_told_and_nothing_is_started(machine: Machine) -> None:
    order = machine.order(machine.python())
    machine.servers.folder.mkdir(parents=True)
    (machine.servers.folder / order.name).write_text("a file where the log's folder is wanted")
    with pytest.raises(LaunchRefused, match="MIMOSA_STATE_DIR"):
        launch(machine.servers, order)
    assert machine.servers.running() == ()


def bare(machine: Machine, python: str) -> str:
    """An interpreter without the stand-in."""
    path = machine.bin / "bare"
    path.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec {python} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
