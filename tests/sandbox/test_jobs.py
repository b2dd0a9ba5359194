"""Commands that go on in the background."""

import asyncio

import pytest

from sandbox.errors import NoSuchJob
from tests.sandbox.conftest import AnySandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def start(box: AnySandbox, command: str, timeout: float = 60.0, after: float = 0.2) -> int:
    result = await box.run(command, timeout=timeout, background_after=after)
    assert result.exit_code is None
    assert result.job is not None
    return result.job


async def test_a_command_that_is_quick_enough_is_no_job(box: AnySandbox) -> None:
    result = await box.run("echo quick", background_after=10)
    assert (result.exit_code, result.job, result.output) == (0, None, "quick\n")


async def test_a_job_is_asked_for_what_is_new_until_it_ends(box: AnySandbox) -> None:
    first = await box.run(
        "echo one; until [[ -e go ]]; do sleep 0.05; done; echo two; exit 3", background_after=0.3
    )
    assert (first.exit_code, first.output) == (None, "one\n")
    assert first.job is not None
    assert (await box.poll(first.job)).output == ""
    await box.run("touch go")
    last = await box.poll(first.job, wait=30)
    assert (last.exit_code, last.output, last.output_bytes, last.job) == (3, "two\n", 8, first.job)
    again = await box.poll(first.job)
    assert (again.exit_code, again.output) == (3, "")
    assert await box.read(last.output_path) == b"one\ntwo\n"


async def test_waiting_ends_with_the_job_or_with_the_patience(box: AnySandbox) -> None:
    job = await start(box, "sleep 60")
    waiting = asyncio.get_running_loop().time()
    assert (await box.poll(job, wait=0.3)).exit_code is None
    assert 0.25 < asyncio.get_running_loop().time() - waiting < 20
    await box.kill(job)


async def test_the_foreground_goes_on_beside_jobs(box: AnySandbox) -> None:
    jobs = [await start(box, f"sleep 0.5; echo {number}") for number in range(3)]
    assert (await box.run("echo meanwhile")).output == "meanwhile\n"
    assert [(await box.poll(job, wait=30)).output for job in jobs] == ["0\n", "1\n", "2\n"]


async def test_a_killed_job_is_dead_with_all_its_children(box: AnySandbox) -> None:
    job = await start(box, "echo up; (exec -a job-child sleep 60) & wait")
    result = await box.kill(job)
    assert (result.exit_code, result.interrupted) == (143, True)
    assert (await box.run("pgrep -f ^job-child")).output == ""
    assert (await box.kill(job)).exit_code == 143


async def test_the_timeout_still_holds_for_a_job(box: AnySandbox) -> None:
    job = await start(box, "echo up; sleep 60", timeout=0.6)
    result = await box.poll(job, wait=30)
    assert (result.timed_out, result.exit_code) == (True, 143)


async def test_a_job_leaves_no_state_and_gets_what_was_there(box: AnySandbox) -> None:
    await box.run("export COLOUR=green; mkdir -p place; cd place")
    job = await start(box, "sleep 0.4; echo $COLOUR; pwd; export COLOUR=red; cd /")
    await box.run("export COLOUR=blue; cd ..")
    assert (await box.poll(job, wait=30)).output == f"green\n{box.workspace}/place\n"
    assert (await box.run("echo $COLOUR; pwd")).output == f"blue\n{box.workspace}\n"


async def test_new_output_of_a_job_is_cut_like_any_other(box: AnySandbox) -> None:
    job = await start(box, "until [[ -e now ]]; do sleep 0.05; done; seq 100000", after=0.1)
    await box.run("touch now")
    result = await box.poll(job, wait=30)
    assert result.truncated_to is not None
    assert result.output.startswith("1\n2\n")
    assert result.output.endswith("\n100000\n")
    assert result.output_path in result.output


async def test_a_character_that_is_printed_in_two_halves_is_shown_once(box: AnySandbox) -> None:
    command = r"printf 'a\303'; until [[ -e rest ]]; do sleep 0.05; done; printf '\274b'"
    first = await box.run(command, background_after=0.3)
    assert first.output == "a"
    assert first.job is not None
    await box.run("touch rest")
    assert (await box.poll(first.job, wait=30)).output == "üb"


async def test_an_interrupt_is_for_the_foreground_only(box: AnySandbox) -> None:
    job = await start(box, "sleep 60")
    await box.interrupt()
    assert (await box.poll(job)).exit_code is None
    await box.kill(job)


async def test_an_unknown_job_is_named_with_those_that_are_known(box: AnySandbox) -> None:
    job = await start(box, "true; sleep 60")
    with pytest.raises(NoSuchJob, match=rf"4711.*{job}"):
        await box.poll(4711)
    with pytest.raises(NoSuchJob, match="4711"):
        await box.kill(4711)
    await box.kill(job)
