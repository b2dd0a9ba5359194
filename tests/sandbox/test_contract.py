"""What every sandbox promises about a command, whatever it runs in."""

import asyncio
import shlex
import time

import pytest

from sandbox.errors import AdminFailed, SandboxDied
from tests.sandbox.conftest import AnySandbox

STANDARD_SIGNALS = 0x7FFFFFFF
"""The mask of signals 1 to 31, as in /proc/PID/status."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_output_is_merged_in_order_and_the_exit_code_is_the_shells(box: AnySandbox) -> None:
    result = await box.run("echo one; echo two >&2; echo three; exit 7")
    assert (result.exit_code, result.output) == (7, "one\ntwo\nthree\n")
    assert result.truncated_to is None
    assert result.output_bytes == len(result.output)
    assert not (result.timed_out or result.interrupted or result.job or result.note)


async def test_the_whole_output_lies_in_the_file_that_the_result_names(box: AnySandbox) -> None:
    result = await box.run("printf 'x%.0s' {1..50000}; echo; echo the end")
    assert result.truncated_to is not None
    assert result.output_bytes == 50009
    assert result.output_path in result.output
    assert result.output.endswith("the end\n")
    assert await box.read(result.output_path) == b"x" * 50000 + b"\nthe end\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
        ("exec false", 1),
        ("set -e; false; echo not reached", 1),
        ("no-such-program", 127),
        ("if then", 2),
        ("(exit 5)", 5),
        ("set -u; echo $NOT_SET", 127),
        ("set -o pipefail; false | true", 1),
        ("f() { return 9; }; f", 9),
        ("trap 'exit 4' EXIT; true", 4),
    ],
)
async def test_every_way_to_end_has_its_exit_code_and_the_next_command_runs(
    box: AnySandbox, command: str, code: int
) -> None:
    assert (await box.run(command)).exit_code == code
    assert (await box.run("echo here")).output == "here\n"


async def test_errors_name_bash_and_the_commands_own_line(box: AnySandbox) -> None:
    result = await box.run("true\nno-such-program")
    assert result.output == "bash: line 2: no-such-program: command not found\n"


async def test_a_command_has_its_own_session_and_group_and_the_default_signals(box: AnySandbox) -> None:
    result = await box.run("ps -o pid=,pgid=,sid= -p $$; echo $$; grep SigIgn /proc/self/status")
    pid, group, session, own, _, ignored = result.output.split()
    assert pid == group == session == own
    # The C library keeps signals 32 and up for itself; whoever started the tests may have them ignored.
    assert int(ignored, 16) & STANDARD_SIGNALS == 0


async def test_a_command_inherits_no_open_file_but_the_three(box: AnySandbox) -> None:
    assert (await box.run("ls /proc/$$/fd")).output.split() == ["0", "1", "2"]


async def test_standard_input_is_closed(box: AnySandbox) -> None:
    result = await box.run("cat; read -r line || echo nothing to read", timeout=20)
    assert (result.output, result.timed_out) == ("nothing to read\n", False)


async def test_the_call_returns_when_the_command_ends_though_a_child_holds_its_output(box: AnySandbox) -> None:
    began = time.monotonic()
    result = await box.run("sleep 30 & echo started")
    assert (result.exit_code, result.output) == (0, "started\n")
    assert time.monotonic() - began < 15


async def test_a_long_command_and_one_in_other_scripts_arrive_whole(box: AnySandbox) -> None:
    text = "grüße 漢字 '\"$`\\ 🌱\n" * 15_000
    result = await box.run(f"cat >long <<'MIMOSA'\n{text}MIMOSA\nwc -c <long")
    assert result.output.strip() == str(len(text.encode()))
    assert await box.read("long") == text.encode()


async def test_a_nul_in_a_command_is_answered(box: AnySandbox) -> None:
    result = await box.run("echo a\0b")
    assert result.exit_code == 126
    assert "NUL" in result.output


async def test_bytes_that_are_no_text_are_shown_as_something(box: AnySandbox) -> None:
    result = await box.run(r"printf 'a\0b\377c\303'")
    assert result.output == "a\u2400b\ufffdc\ufffd"
    assert result.output_bytes == 6


async def test_commands_run_one_after_the_other(box: AnySandbox) -> None:
    first, second = await asyncio.gather(box.run("sleep 0.3; echo >mark"), box.run("ls"))
    assert (first.exit_code, second.output) == (0, "mark\n")


async def test_a_running_command_is_watched_in_order_and_whole(box: AnySandbox) -> None:
    seen: list[tuple[float, str]] = []
    began = time.monotonic()
    command = r"printf 'gr\303'; sleep 0.3; printf '\274n\n'; sleep 0.3; echo last"
    result = await box.run(command, watch=lambda text: seen.append((time.monotonic() - began, text)))
    assert "".join(text for _, text in seen) == result.output == "grün\nlast\n"
    assert seen[0][0] < result.duration - 0.2


async def test_a_watcher_of_much_output_is_told_what_it_does_not_see(box: AnySandbox) -> None:
    seen: list[str] = []
    await box.run("head -c 5000000 /dev/zero | tr '\\0' x; sleep 0.3; echo end", watch=seen.append)
    text = "".join(seen)
    assert "bytes not shown here" in text
    assert text.endswith("end\n")
    assert len(text) < 2_000_000


async def test_a_watcher_that_raises_ends_the_command(box: AnySandbox) -> None:
    def refuse(_text: str) -> None:
        raise ValueError("seen enough")

    with pytest.raises(ValueError, match="seen enough"):
        await box.run("echo hello; exec -a watched-command sleep 60", watch=refuse)
    assert (await box.run("pgrep -f ^watched-command")).output == ""


async def test_after_the_timeout_the_whole_group_is_dead_and_the_output_so_far_is_there(box: AnySandbox) -> None:
    result = await box.run("echo before; (exec -a timed-out-child sleep 60) & sleep 60; echo after", timeout=0.5)
    assert (result.output, result.timed_out, result.exit_code) == ("before\n", True, 143)
    assert (await box.run("pgrep -f ^timed-out-child")).output == ""


async def test_what_ignores_term_is_killed(box: AnySandbox) -> None:
    result = await box.run("trap '' TERM; (exec -a stubborn-child sleep 60) & wait; sleep 60", timeout=0.3)
    assert (result.timed_out, result.exit_code) == (True, 137)
    assert result.duration < 15
    assert (await box.run("pgrep -f ^stubborn-child")).output == ""


async def test_an_interrupt_ends_the_command_in_the_foreground(box: AnySandbox) -> None:
    async def soon() -> None:
        await asyncio.sleep(0.3)
        await box.interrupt()

    result, _ = await asyncio.gather(box.run("echo before; sleep 60"), soon())
    assert (result.interrupted, result.timed_out, result.exit_code) == (True, False, 143)
    assert result.output == "before\n"
    await box.interrupt()
    assert (await box.run("echo next")).output == "next\n"


async def test_cancelling_the_caller_kills_the_command(box: AnySandbox) -> None:
    task = asyncio.create_task(box.run("exec -a cancelled-command sleep 60"))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await box.run("pgrep -f ^cancelled-command")).output == ""


async def test_mimosas_own_commands_do_not_touch_the_users_shell(box: AnySandbox) -> None:
    await box.run("mkdir elsewhere; cd elsewhere; export SEEN=by-the-user PATH=/nowhere")
    printed = await box.admin('pwd; echo "${SEEN-unset}"; echo noise >&2; cd /; export OTHER=1; ls >/dev/null')
    assert printed.decode().splitlines() == [box.workspace, "unset"]
    result = await box.run('pwd; echo "$SEEN ${OTHER-unset}"; export PATH=/usr/bin:/bin')
    assert result.output.splitlines() == [f"{box.workspace}/elsewhere", "by-the-user unset"]


async def test_mimosas_own_commands_return_all_bytes_or_say_why_not(box: AnySandbox) -> None:
    data = await box.admin(r"head -c 3000000 /dev/zero; printf '\377\n'")
    assert data == bytes(3_000_000) + b"\xff\n"
    with pytest.raises(AdminFailed, match="what went wrong") as failure:
        await box.admin("echo some output; echo what went wrong >&2; exit 3")
    assert failure.value.exit_status == 3
    with pytest.raises(AdminFailed, match=r"0\.3 seconds"):
        await box.admin("sleep 60", timeout=0.3)


async def test_checkpoints_are_kept_and_come_back(box: AnySandbox) -> None:
    await box.run("echo one >file")
    first = await box.checkpoint()
    await box.run("echo two >file; echo new >other")
    second = await box.checkpoint()
    assert (await box.checkpoint()) == second != first
    assert b"+two" in await box.diff(first.number)
    assert box.saved_patch == await box.diff(0)
    await box.restore(first.number)
    assert (await box.run("cat file; ls")).output == "one\nfile\n"


async def test_closing_twice_is_no_error_and_what_is_closed_says_so(fresh: AnySandbox) -> None:
    running = asyncio.create_task(fresh.run(f"echo {shlex.quote('about to end')}; sleep 60"))
    await asyncio.sleep(0.3)
    await fresh.close()
    await fresh.close()
    with pytest.raises(SandboxDied, match="closed"):
        await running
    with pytest.raises(SandboxDied, match="closed"):
        await fresh.run("true")
