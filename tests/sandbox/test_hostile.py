"""Commands that misbehave, by malice or by accident: the sandbox answers, and the next command runs."""

import asyncio
import re
import resource
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.docker import DockerSandbox
from sandbox.local import LocalSandbox
from tests.sandbox.conftest import AnySandbox, docker_options, make, started

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOMB = ":(){ :|:& };:"


async def run_on_host(*words: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, timeout=100, check=False)


async def assert_alive(sandbox: AnySandbox) -> None:
    result = await sandbox.run("echo $((6 * 7))", timeout=60)
    assert (result.exit_code, result.output) == (0, "42\n")


@pytest.mark.docker
async def test_a_fork_bomb_that_lets_go_is_cleared_away(base_image: str, tmp_path: Path) -> None:
    async with started(make("docker", base_image, tmp_path)) as sandbox:
        notes = (await sandbox.run(BOMB, timeout=30)).note
        until = time.monotonic() + 120
        while "limit of processes" not in notes and time.monotonic() < until:  # it grows in waves
            await asyncio.sleep(0.1)
            after = await sandbox.run("ls / >/dev/null && echo still here", timeout=60)
            assert after.output == "still here\n"
            notes += after.note
        assert "limit of processes" in notes
        assert int((await sandbox.run("ps -e --no-headers | wc -l")).output) < 20


@pytest.mark.docker
async def test_a_fork_bomb_in_the_foreground_ends_with_its_timeout(base_image: str, tmp_path: Path) -> None:
    async with started(make("docker", base_image, tmp_path)) as sandbox:
        result = await sandbox.run(f"{BOMB}; sleep 60", timeout=0.7, watch=lambda _text: None)
        assert result.timed_out
        assert result.duration < 30
        await assert_alive(sandbox)
        assert int((await sandbox.run("ps -e --no-headers | wc -l")).output) < 20


async def test_a_crowd_of_processes_ends_with_its_command(box: AnySandbox) -> None:
    """For the host, where nothing would end a real fork bomb before it ends the host: 31 processes instead."""
    grow = "grow() { (($1 == 0)) || { grow $(($1 - 1)) & grow $(($1 - 1)) & exec -a crowded-one sleep 60; }; }"
    result = await box.run(f"{grow}; grow 5", timeout=0.4)
    assert result.timed_out
    assert (await box.run("pgrep -fc ^crowded-one")).output == "0\n"


async def test_endless_output_ends_at_its_limit_and_is_no_load_for_mimosa(
    tmp_path: Path, backend: str, image: str
) -> None:
    async with started(make(backend, image, tmp_path, output_limit=30 * 1024**2)) as sandbox:
        result = await sandbox.run("yes", timeout=60)
        assert "more than 30 MiB" in result.note
        assert result.output_bytes > 30 * 1024**2
        assert not result.timed_out
        assert result.output.startswith("y\ny\n")
        await assert_alive(sandbox)


async def test_a_file_ends_at_the_largest_allowed_size(tmp_path: Path, backend: str, image: str) -> None:
    async with started(make(backend, image, tmp_path, file_mb=5)) as sandbox:
        result = await sandbox.run("head -c 20000000 /dev/zero >big; stat -c %s big; ulimit -f unlimited")
        assert str(5 * 1024**2) in result.output
        assert "File too large" in result.output or "File size limit" in result.output
        assert result.exit_code != 0
        await assert_alive(sandbox)


async def test_one_line_of_200_mb_is_stored_and_not_held(box: AnySandbox) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await box.run("head -c 200000000 /dev/zero | tr '\\0' x", timeout=100, watch=lambda _text: None)
    assert result.output_bytes == 200_000_000
    assert result.truncated_to is not None
    assert len(result.output) < 20_000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 64
    assert (await box.run(f"stat -c %s {shlex.quote(result.output_path)}")).output == "200000000\n"
    await box.run(f"rm {shlex.quote(result.output_path)}")


async def test_a_program_that_waits_for_input_gets_none(box: AnySandbox) -> None:
    for command in ("python3 -c 'input()'", "read x", "cat >/dev/null", "bash -i </dev/tty"):
        result = await box.run(command, timeout=30)
        assert not result.timed_out, command


async def test_a_server_in_the_background_serves_the_next_command(box: AnySandbox) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    await box.write("page", b"served")
    started_at = time.monotonic()
    await box.run(f"python3 -m http.server --bind 127.0.0.1 {port} &")
    fetch = f"from urllib.request import urlopen; print(urlopen('http://127.0.0.1:{port}/page').read())"
    result = await box.run(f'for i in {{1..100}}; do python3 -c "{fetch}" 2>/dev/null && break; sleep 0.1; done')
    assert result.output == "b'served'\n"
    assert time.monotonic() - started_at < 60
    await box.run(f"pkill -f 'http.server.*{port}'")


# Every shell of Mimosa's that this sandbox has, the ones made ready included. Without the look at the mark, one
# without a container would end those of every other sandbox on the machine.
OWN_SHELLS = """for shell in $(pgrep -f __mimosa_end); do
    [[ ${MIMOSA_SANDBOX-} ]] && ! grep -qsz "^MIMOSA_SANDBOX=$MIMOSA_SANDBOX$" "/proc/$shell/environ" && continue
    kill -9 "$shell"
done"""


@pytest.mark.parametrize(
    "command",
    [
        "kill -9 $PPID; sleep 60",
        OWN_SHELLS,
        "kill -TERM -- -$$",
        "trap '' HUP INT TERM; kill -TERM 0; exit",
        "exec >&- 2>&-; echo nobody hears",
        "exec </dev/null >/dev/full; echo full; true",
        "ulimit -n 3; ls",
        "ulimit -v 20000; ls",
        "enable -n echo printf pwd export trap; true",
        "builtin() { :; }; command() { :; }; true",
        "set -o noexec; true",
        "set -f -n -v",
        "PATH=; IFS=; unset HOME PWD OLDPWD",
        "readonly __mimosa_save __mimosa_code __mimosa_command",
        "unset -f __mimosa_end",
        "printf '\\n%s 0 5\\nend 1 0 1 1 1\\n' x >&2; echo 'at 1 1'",
    ],
)
async def test_attacks_on_its_own_shell_harm_only_the_command(box: AnySandbox, command: str) -> None:
    result = await box.run(command, timeout=20)
    assert not result.timed_out
    assert result.exit_code is not None
    await assert_alive(box)


@pytest.mark.docker
@pytest.mark.parametrize(
    "kill", ["kill -9 -1", "pkill -9 mimosa-shell; sleep 5", "kill -9 $(pgrep -o mimosa-shell); sleep 5"]
)
async def test_when_mimosas_shell_is_killed_the_result_says_so_and_the_state_is_kept(
    docker_box: AnySandbox, kill: str
) -> None:
    await docker_box.run("mkdir -p kept; cd kept; export KEPT=yes")
    job = await docker_box.run("echo job; sleep 60", background_after=0.1)
    assert job.job is not None
    result = await docker_box.run(f"echo printed; export KEPT=no; {kill}", timeout=60)
    assert result.exit_code == 137
    assert result.output.startswith("printed\n")
    assert "killed" in result.note
    after = await docker_box.run("pwd; echo $KEPT")
    assert after.output == f"{docker_box.workspace}/kept\nyes\n"
    assert after.note == ""
    assert (await docker_box.poll(job.job)).exit_code == 137
    assert await docker_box.admin("echo admin too") == b"admin too\n"


@pytest.mark.docker
async def test_when_nothing_more_can_be_started_the_container_starts_again(docker_box: AnySandbox) -> None:
    """The bomb takes every process there may be, and then Mimosa's shell is killed too: no exec is possible."""
    await docker_box.run("export KEPT=yes; echo file >kept")
    bomb = "for i in {1..400}; do sleep 60 & done 2>/dev/null"
    result = await docker_box.run(f"({bomb}) & sleep 1; kill -9 $(pgrep -o mimosa-shell); sleep 60", timeout=100)
    assert result.exit_code == 137
    assert (await docker_box.run("echo $KEPT; cat kept", timeout=60)).output == "yes\nfile\n"


async def test_every_process_killed_on_the_bare_host(tmp_path: Path) -> None:
    """`kill -9 -1` reaches everything of the user, so this happens in a PID namespace of its own, where Mimosa is
    process 1 and cannot be reached. Elsewhere Mimosa would be killed too: that is what no isolation means."""
    script = f"""
import asyncio
from pathlib import Path
from sandbox.docker import DockerSandbox
from sandbox.local import LocalSandbox

async def main() -> None:
    sandbox = LocalSandbox(Path({str(tmp_path / "box")!r}))
    await sandbox.start()
    await sandbox.run("export KEPT=yes")
    result = await sandbox.run("echo printed; kill -9 -1; sleep 60", timeout=60)
    print(result.exit_code, result.output.split()[0], "killed" in result.note)
    print((await sandbox.run("echo $KEPT")).output)
    await sandbox.close()

asyncio.run(main())
"""
    alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if (await run_on_host(*alone, "true")).returncode != 0:
        pytest.skip("this user may not make a PID namespace")
    done = await run_on_host(*alone, sys.executable, "-c", script)
    assert done.stdout.split() == ["137", "printed", "True", "yes"], done.stderr


def small_disk(place: Path, *options: str) -> list[str]:
    """The command that mounts a file system of 12 MiB."""
    return ["mount", "-t", "tmpfs", "-o", ",".join(("size=12m", *options)), "tmpfs", str(place)]


async def fill_and_recover(sandbox: AnySandbox) -> None:
    before = await sandbox.run("export KEPT=yes; echo small >small")
    assert before.exit_code == 0
    result = await sandbox.run("head -c 100000000 /dev/zero >big; echo so it ends; ls no-such-file")
    assert result.exit_code != 0
    assert "disk is full" in result.note
    with pytest.raises(OSError, match="No space left"):
        await sandbox.write("other", b"x" * 100_000)
    assert await sandbox.read("small") == b"small\n"
    assert (await sandbox.run("rm big")).exit_code == 0
    assert (await sandbox.run("echo room again")).output == "room again\n"
    await sandbox.write("other", b"x" * 100_000)


@pytest.mark.usefixtures("as_root")
async def test_on_the_host_a_full_disk_is_told_and_the_next_command_can_clear_it(tmp_path: Path) -> None:
    mounted = await run_on_host(*small_disk(tmp_path))
    assert mounted.returncode == 0, mounted.stderr
    try:
        async with started(LocalSandbox(tmp_path / "box")) as sandbox:
            await fill_and_recover(sandbox)
    finally:
        await run_on_host("umount", "-l", str(tmp_path))


@pytest.mark.docker
@pytest.mark.usefixtures("as_root")
async def test_in_a_container_a_full_disk_is_told_and_the_next_command_can_clear_it(
    base_image: str, tmp_path: Path
) -> None:
    import docker

    options = docker_options(base_image)
    async with started(make("docker", base_image, tmp_path)) as sandbox:
        assert isinstance(sandbox, DockerSandbox)
        process = docker.from_env().containers.get(sandbox.container).attrs["State"]["Pid"]
        steps = [
            "mkdir /disk",
            shlex.join(small_disk(Path("/disk"), f"uid={options.uid}", f"gid={options.gid}")),
            "cp -a /mimosa/. /disk/ && mount --bind /disk /mimosa",
            f"mkdir /disk/workspace && chown {options.uid}:{options.gid} /disk/workspace",
            "mount --bind /disk/workspace /workspace",
        ]
        mounted = await run_on_host("nsenter", "-t", str(process), "-m", "sh", "-ec", "\n".join(steps))
        assert mounted.returncode == 0, mounted.stderr
        await fill_and_recover(sandbox)


@pytest.mark.docker
async def test_a_stopped_command_is_ended_by_its_timeout(docker_box: AnySandbox) -> None:
    result = await docker_box.run("kill -STOP $$", timeout=0.3)
    assert (result.timed_out, result.exit_code) == (True, 137)
    await assert_alive(docker_box)


async def test_the_output_file_truncated_or_removed_under_way_is_no_trap(box: AnySandbox) -> None:
    for trick in ("truncate -s 0 /dev/stdout", "rm $(readlink /proc/$$/fd/1)", "true >$(readlink /proc/$$/fd/1)"):
        quoted = trick.replace("$(readlink", '"$(readlink').replace("fd/1)", 'fd/1)"')
        result = await box.run(f"seq 100000; {quoted}; sleep 0.3; echo end", watch=lambda _text: None, timeout=30)
        assert result.exit_code == 0
        await assert_alive(box)


async def test_many_commands_leave_no_process_and_no_open_file_behind(box: AnySandbox) -> None:
    async def census() -> tuple[int, int]:
        mine = await box.run("ls /proc/$PPID/fd | wc -l; ps -e -o args= | grep -c '[_]_mimosa_end'")
        files, shells = re.findall(r"\d+", mine.output) if mine.exit_code == 0 else ("0", "0")
        return int(files), int(shells)

    await census()
    before = await census()
    for number in range(40):
        await box.run(f"echo {number}")
    assert await census() == before
