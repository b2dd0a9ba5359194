"""What a command in a container cannot reach. Where a check could pass for a wrong reason, it first fails."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from sandbox.docker import DockerSandbox
from tests.sandbox.conftest import AnySandbox

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.docker]

ATTACH = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, int(sys.argv[1]), 0, 0), ctypes.get_errno())
"""


async def output(box: AnySandbox, command: str) -> str:
    return (await box.run(command)).output


def engine_container(box: AnySandbox) -> dict[str, object]:
    import docker

    assert isinstance(box, DockerSandbox)
    attributes: dict[str, object] = docker.from_env().api.inspect_container(box.container)
    return attributes


async def test_there_is_no_network_but_the_sandboxs_own_loopback(docker_box: AnySandbox) -> None:
    assert await output(docker_box, "ls /sys/class/net") == "lo\n"
    assert len((await output(docker_box, "cat /proc/net/route")).splitlines()) == 1
    assert await output(docker_box, "grep -v lo$ /proc/net/ipv6_route") == ""


async def test_that_loopback_works_and_has_its_names(docker_box: AnySandbox) -> None:
    talk = (
        "import socket; s = socket.create_server(('localhost', 0)); "
        "c = socket.create_connection(s.getsockname(), 5); s.accept()[0].sendall(b'heard'); print(c.recv(9)); "
        "print(socket.gethostbyname(socket.gethostname()))"
    )
    assert await output(docker_box, f'python3 -c "{talk}"') == "b'heard'\n127.0.1.1\n"
    assert engine_container(docker_box)["HostConfig"]["NetworkMode"] == "none"  # type: ignore[index]  # JSON


async def test_a_list_of_processes_is_not_full_of_mimosas_own_words(docker_box: AnySandbox) -> None:
    assert len((await output(docker_box, "ps -e -o args=; env")).splitlines()) < 40
    assert "umask" not in await output(docker_box, "ps -e -o args=; env | grep MIMOSA_INIT; cat /proc/1/cmdline")


async def test_a_listener_on_the_hosts_loopback_is_not_reached(docker_box: AnySandbox) -> None:
    async def hello(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"reached")
        writer.close()

    async with await asyncio.start_server(hello, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        knock = f"import socket; print(socket.create_connection(('127.0.0.1', {port}), 5).recv(99))"
        with socket.socket() as visitor:
            await asyncio.to_thread(visitor.connect, ("127.0.0.1", port))
        assert "ConnectionRefusedError" in await output(docker_box, f'python3 -c "{knock}"')


async def test_no_file_of_the_host_is_there(docker_box: AnySandbox, tmp_path: Path) -> None:
    secret = tmp_path / "only-on-the-host-4711"
    secret.write_text("secret")
    assert await output(docker_box, f"find / -name {secret.name} 2>/dev/null; cat {secret} 2>/dev/null") == ""
    assert engine_container(docker_box)["Mounts"] == []
    mounted = await output(docker_box, "grep -E ' (ext4|xfs|btrfs|zfs) ' /proc/self/mountinfo | cut -d' ' -f5")
    assert set(mounted.split()) <= {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/usr/sbin/docker-init"}


async def test_no_variable_of_the_host_is_there(docker_box: AnySandbox) -> None:
    inside = await output(docker_box, "env -0 | tr '\\0' '\\n'")
    for name in os.environ.keys() & {"PYTEST_CURRENT_TEST", "PYENV_ROOT", "VIRTUAL_ENV"}:
        assert f"{name}=" not in inside
    assert "PYTEST_CURRENT_TEST" in os.environ


async def test_the_docker_socket_is_not_there(docker_box: AnySandbox) -> None:
    assert await output(docker_box, "find / -type s 2>/dev/null") == ""


async def test_a_command_has_no_capability_a_seccomp_filter_and_can_gain_nothing(docker_box: AnySandbox) -> None:
    status = await output(docker_box, "cat /proc/self/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {facts[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0000000000000000"}
    assert (facts["Seccomp"], facts["NoNewPrivs"]) == ("2", "1")
    assert set(facts["Uid"].split()) == {str(os.geteuid() or 1000)}


async def test_root_inside_has_no_capability_either(docker_box: AnySandbox) -> None:
    inside = "grep -h CapEff /proc/1/status /proc/[0-9]/status"
    assert set((await output(docker_box, inside)).split()) == {"CapEff:", "0000000000000000"}


async def test_a_setuid_program_runs_as_its_caller(docker_box: AnySandbox) -> None:
    import docker

    assert isinstance(docker_box, DockerSandbox)
    container = docker.from_env().containers.get(docker_box.container)
    made = container.exec_run(
        ["sh", "-c", "cp /usr/bin/id /usr/bin/root-id && chmod 4755 /usr/bin/root-id"], user="0"
    )
    assert made.exit_code == 0
    assert await output(docker_box, "stat -c '%a %u' /usr/bin/root-id; /usr/bin/root-id -u") == (
        f"4755 0\n{os.geteuid() or 1000}\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        "echo b >/proc/sysrq-trigger",
        "mount -t tmpfs tmpfs /mnt",
        "mount --bind / /mnt",
        "unshare --user --map-root-user true",
        "unshare --mount true",
        "chroot / true",
        "mknod device b 8 0",
        "cat /proc/kcore",
        "echo 0 >/proc/sys/kernel/randomize_va_space",
        "echo 1 >/sys/kernel/mm/ksm/run",
        "mkdir /sys/fs/cgroup/pids/more || mkdir /sys/fs/cgroup/more",
        "chown 0 .",
        "kill -9 1",
        "nice -n -5 true 2>&1 | grep -q cannot && false",
        "dmesg",
        "echo x >>/etc/passwd",
        "touch /usr/bin/x",
    ],
)
async def test_what_would_reach_the_host_or_root_is_refused(docker_box: AnySandbox, command: str) -> None:
    result = await docker_box.run(command)
    assert result.exit_code != 0, result.output
    assert "command not found" not in result.output


async def test_mimosas_own_shell_cannot_be_traced_read_or_spoken_for(docker_box: AnySandbox) -> None:
    await docker_box.write("attach.py", ATTACH.encode())
    assert await output(docker_box, "sleep 2 & python3 attach.py $!; ls -l /proc/$!/fd | wc -l") == "0 0\n4\n"
    for shell in ("$PPID", "$(pgrep -o mimosa-shell)"):
        assert await output(docker_box, f"python3 attach.py {shell}") == "-1 1\n"
        for entry in ("mem", "maps", "environ", "fd/0", "fd/1", "fd/2", "cwd/x", "root/etc/passwd"):
            result = await docker_box.run(f"cat /proc/{shell}/{entry}; echo x >/proc/{shell}/{entry}")
            assert result.output.count("Permission denied") == 2, (entry, result.output)


async def test_the_file_of_mimosas_own_shell_cannot_be_read_or_replaced(docker_box: AnySandbox) -> None:
    for attempt in (
        "cat /usr/lib/mimosa/mimosa-shell",
        "echo >/usr/lib/mimosa/mimosa-shell",
        "rm -f /usr/lib/mimosa/mimosa-shell",
        "mv /usr/lib/mimosa /usr/lib/other",
        "chmod u+s /usr/lib/mimosa/mimosa-shell",
    ):
        assert (await docker_box.run(attempt)).exit_code != 0, attempt
    assert await output(docker_box, "stat -c '%a %u' /usr/lib/mimosa/mimosa-shell") == "111 0\n"


async def test_the_engine_holds_the_limits(docker_box: AnySandbox) -> None:
    limits = engine_container(docker_box)["HostConfig"]
    assert isinstance(limits, dict)
    assert limits["Memory"] == limits["MemorySwap"] == 512 * 1024**2
    assert (limits["PidsLimit"], limits["NetworkMode"], limits["Init"]) == (128, "none", True)
    assert limits["CapDrop"] == ["ALL"]
    assert limits["SecurityOpt"] == ["no-new-privileges"]
    assert not limits["Privileged"]
    assert not limits["Binds"]


async def test_memory_over_the_limit_costs_the_command_only(docker_box: AnySandbox) -> None:
    result = await docker_box.run("python3 -c 'x = b\"x\" * 2_000_000_000'", timeout=60)
    assert result.exit_code == 137
    assert "memory limit" in result.note
    after = await docker_box.run("echo on; false")
    assert (after.output, after.note) == ("on\n", "")
