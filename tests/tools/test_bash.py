"""What the model reads of its commands."""

import re

import pytest
from tool_bench import Bench


async def test_output_and_exit_code(bench: Bench) -> None:
    result = await bench.call("bash", command="echo out; echo err >&2; exit 3")

    assert result.content == "out\nerr\n[exit code 3]"
    assert not result.is_error, "an exit code is information"
    assert result.command is not None
    assert result.command.exit_code == 3


async def test_silence_is_said(bench: Bench) -> None:
    assert (await bench.call("bash", command="true")).content == "(no output)\n[exit code 0]"


async def test_a_signal_is_named(bench: Bench) -> None:
    assert (
        "[exit code 139 (SIGSEGV)]"
        in (await bench.call("bash", command="bash -c 'kill -SEGV $$'; exit $?")).content
    )


async def test_colours_and_progress_are_left_out_and_the_file_with_all_of_it_named(bench: Bench) -> None:
    result = await bench.call("bash", command=r"printf '\033[32m10%%\r100%%\033[0m\ndone\n'")

    found = re.fullmatch(
        r"100%\ndone\n\[exit code 0, progress lines left out, all of it is in (\S.*)\]", result.content
    )
    assert found
    assert await bench.sandbox.read(found[1]) == b"\x1b[32m10%\r100%\x1b[0m\ndone\n"


async def test_whoever_watches_sees_the_output(bench: Bench) -> None:
    await bench.call("bash", command="echo seen")

    assert "".join(bench.seen) == "seen\n"


async def test_a_timeout_ends_the_command_and_says_so(bench: Bench) -> None:
    result = await bench.call("bash", command="echo before; sleep 20; echo after", timeout=1)

    assert result.content.startswith("before\n[timed out: ended after 1 s")
    assert result.command is not None
    assert result.command.timed_out


async def test_a_long_command_becomes_a_job_that_can_be_read_and_ended(bench: Bench) -> None:
    result = await bench.call("bash", command="echo one; sleep 2; echo two; sleep 20")

    assert result.command is not None
    job = result.command.job
    assert re.sub(r"\d+ s so far", "N s so far", result.content) == (
        f"one\n[job {job} is running, N s so far]\n"
        f"[it goes on in the background, until 20 s at most: "
        f"job_output(job={job}) reads on, job_kill(job={job}) ends it]"
    )
    assert (await bench.call("bash", command="echo meanwhile")).content == "meanwhile\n[exit code 0]"
    read = await bench.call("job_output", job=job, wait=2)
    assert read.content.startswith(f"two\n[job {job} is running, ")
    again = await bench.call("job_output", job=job, wait=0)
    assert again.content.startswith(f"(nothing new)\n[job {job} is running, ")
    ended = await bench.call("job_kill", job=str(job))
    assert ended.content.startswith("(nothing new)\n[ended by job_kill after ")


async def test_a_job_that_ended_tells_its_exit_code(bench: Bench) -> None:
    started = await bench.call("bash", command="sleep 1.5; echo last; exit 4")
    assert started.command is not None
    result = await bench.call("job_output", job=started.command.job, wait=15)

    assert result.content.startswith("last\n[exit code 4")


@pytest.mark.parametrize("tool", ["job_output", "job_kill"])
async def test_a_job_that_is_not_there_is_a_tool_error(bench: Bench, tool: str) -> None:
    result = await bench.call(tool, job=7)

    assert result.is_error
    assert result.content == "there is no background job 7; those of this session: none"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"command": " \n"}, "`command`: is empty"),
        ({"command": "echo \0"}, "`command`: holds a NUL character"),
        ({"command": "true", "timeout": 0}, "`timeout`: Input should be greater than or equal to 1"),
        ({"cmd": "true"}, "`command` is missing"),
        ({"command": ["ls", "-l"]}, "`command`: Input should be a valid string"),
    ],
)
async def test_wrong_arguments(bench: Bench, arguments: dict[str, object], told: str) -> None:
    result = await bench.call("bash", **arguments)

    assert result.is_error
    assert told in result.content
    assert "A right call: bash {" in result.content


async def test_edits_do_not_disturb_the_shell(bench: Bench) -> None:
    await bench.call("bash", command="cd src && export COLOUR=red")
    await bench.call("str_replace", path="src/lexer.py", old_str="text.split()", new_str="text.split(' ')")
    await bench.call("str_replace", path="nothere.py", old_str="x", new_str="y")
    await bench.call("patch", diff="--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1 @@\n+x\n")

    assert (await bench.call("bash", command='basename "$PWD"; echo $COLOUR')).content == "src\nred\n[exit code 0]"


async def test_edits_work_from_a_folder_that_is_gone(bench: Bench) -> None:
    await bench.call("bash", command="mkdir gone && cd gone && rmdir ../gone")
    result = await bench.call("str_replace", path="README.md", old_str="Parser", new_str="P")

    assert not result.is_error, result.content


async def test_finish_ends_the_turn_with_the_summary(bench: Bench) -> None:
    result = await bench.call("finish", summary="Done.\n")

    assert result.ends_turn
    assert result.content == "Done."
    assert not (await bench.call("bash", command="true")).ends_turn


def test_what_the_model_is_told_holds_no_leftovers(bench: Bench) -> None:
    names = [spec.name for spec in bench.toolbox.specs]

    assert names == ["bash", "job_output", "job_kill", "str_replace", "patch", "finish"]
    for spec in bench.toolbox.specs:
        assert "$" not in spec.description
        assert spec.description == spec.description.strip()
