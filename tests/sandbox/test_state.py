"""What one command leaves to the next: the working directory and the exported variables, and nothing else."""

import shlex

import pytest

from tests.sandbox.conftest import AnySandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIFFICULT_VALUES = {
    "EMPTY": "",
    "LINES": "one\ntwo\n\nthree\n",
    "QUOTES": "'single' \"double\" `back` $dollar ${braces} \\back\\\\slash",
    "BLANKS": "  leading, trailing \t ",
    "SIGNS": "!#%&()*;<>?[]^{|}~",
    "SCRIPTS": "grüße 漢字 🌱",
    "BYTES": "\u00ff\u0080",
    "CONTROL": "\x01\x1b[31m\x7f\r",
    "DASHES": "-n",
    "LONG": "x" * 100_000,
    "_under_Score9": "name",
}


async def test_the_working_directory_carries_over(box: AnySandbox) -> None:
    await box.run("mkdir -p 'a folder/ünder' && cd 'a folder/ünder'")
    assert (await box.run("pwd; cd ..")).output == f"{box.workspace}/a folder/ünder\n"
    assert (await box.run("pwd; cd - >/dev/null; pwd")).output.endswith(
        "/a folder\n" + f"{box.workspace}/a folder/ünder\n"
    )


async def test_a_link_in_the_working_directory_stays_a_link(box: AnySandbox) -> None:
    await box.run("mkdir real; ln -s real link; cd link")
    assert (await box.run("pwd; pwd -P")).output == f"{box.workspace}/link\n{box.workspace}/real\n"


async def test_in_a_deleted_directory_the_next_command_runs_in_the_workspace_and_says_so(box: AnySandbox) -> None:
    await box.run("mkdir gone; cd gone; rmdir ../gone")
    result = await box.run("pwd")
    assert result.output == f"{box.workspace}\n"
    assert "no longer exists" in result.note
    assert (await box.run("pwd")).note == ""


async def test_a_deleted_workspace_does_not_stop_commands(box: AnySandbox) -> None:
    workspace, aside = shlex.quote(box.workspace), shlex.quote(f"{box.workspace}.aside")
    await box.run(f"mkdir inner; cd inner; mv {workspace} {aside} || rm -r {workspace}/*")
    result = await box.run(f"cd /; [[ ! -d {aside} ]] || mv {aside} {workspace}; cd {workspace}; pwd")
    assert result.output == f"{box.workspace}\n"


async def test_exported_values_of_any_kind_survive(box: AnySandbox) -> None:
    await box.run("; ".join(f"export {name}={shlex.quote(value)}" for name, value in DIFFICULT_VALUES.items()))
    names = " ".join(DIFFICULT_VALUES)
    await box.run("true")
    await box.run(f"for name in {names}; do printf '%s\\0' \"${{!name}}\"; done >values; unset {names}")
    values = (await box.read("values")).split(b"\0")
    assert values[:-1] == [value.encode() for value in DIFFICULT_VALUES.values()]
    assert (await box.run("echo ${QUOTES-gone} ${LONG-gone}")).output == "gone gone\n"


async def test_what_is_not_exported_ends_with_its_command(box: AnySandbox) -> None:
    await box.run("shy=1; alias ll=ls; f() { :; }; set -e; shopt -s nullglob; trap 'echo bye' EXIT; umask 077")
    result = await box.run(
        'echo "${shy-unset}"; type f ll 2>&1 | wc -l; echo $-; shopt nullglob; umask; false; echo on'
    )
    assert result.output.splitlines() == ["unset", "2", "hBc", "nullglob       \toff", "0022", "on"]


async def test_a_variable_of_the_start_can_be_unset_and_changed(box: AnySandbox) -> None:
    await box.run("unset PAGER; export LANG=C HOME=/tmp")
    assert (await box.run('echo "${PAGER-unset} $LANG $HOME"')).output == "unset C /tmp\n"
    await box.run("export PAGER=cat LANG=C.UTF-8")
    assert (await box.run('echo "$PAGER $LANG"')).output == "cat C.UTF-8\n"


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("export LEFT=exit; exit 3", "exit"),
        ("export LEFT=errexit; set -e; false", "errexit"),
        ("export LEFT=function; f() { exit 2; }; f", "function"),
        ("export LEFT=nounset; set -u; echo $NOT_SET", "nounset"),
        ("export LEFT=child; sleep 20 & true", "child"),
        ("export LEFT=traced; set -x; true", "traced"),
        ("export LEFT=noclobber; set -o noclobber", "noclobber"),
        ("export LEFT=trap; trap 'echo mine' EXIT", "trap"),
        ("export LEFT=shadowed; export() { :; }; pwd() { :; }; echo() { :; }", "shadowed"),
        ("export LEFT=fields; IFS=AEHLMNT", "fields"),
        ("export LEFT=posix; set -o posix", "posix"),
        ("export LEFT=exec; exec true", "before"),
        ("export LEFT=killed; kill -9 $$", "before"),
        ("(export LEFT=subshell)", "before"),
    ],
)
async def test_state_survives_every_way_to_end_that_lets_the_shell_speak(
    box: AnySandbox, command: str, left: str
) -> None:
    await box.run("export LEFT=before")
    await box.run(command)
    assert (await box.run("command printenv LEFT")).output == f"{left}\n"


async def test_state_survives_an_interruption_by_the_timeout(box: AnySandbox) -> None:
    await box.run("export LEFT=timeout; mkdir there; cd there; sleep 60", timeout=0.3)
    assert (await box.run("echo $LEFT; pwd")).output == f"timeout\n{box.workspace}/there\n"


async def test_a_readonly_variable_stays_readonly_and_harms_nothing(fresh: AnySandbox) -> None:
    await fresh.run("export FIXED=1 UID SHELLOPTS; readonly FIXED")
    result = await fresh.run("echo $FIXED; FIXED=2; echo not reached")
    assert result.output.startswith("1\nbash: ")
    assert "readonly" in result.output
    assert (await fresh.run("echo $FIXED")).output == "1\n"


async def test_variables_that_steer_bash_do_not_reach_mimosas_own_shell(fresh: AnySandbox) -> None:
    await fresh.write("trap.sh", b"echo from BASH_ENV\n")
    await fresh.run(
        'export PATH=/nowhere BASH_ENV="$PWD/trap.sh" ENV="$PWD/trap.sh" TMOUT=1 LC_ALL=xx IFS=m PS4=boo'
    )
    result = await fresh.run("echo still here; pwd", timeout=20)
    assert (result.exit_code, result.output) == (0, f"still here\n{fresh.workspace}\n")
    assert await fresh.admin("cat trap.sh") == b"echo from BASH_ENV\n"
    assert await fresh.read("trap.sh") == b"echo from BASH_ENV\n"


async def test_a_file_in_the_place_of_the_saved_state_stops_nothing(fresh: AnySandbox) -> None:
    await fresh.run("export A=1")
    home = shlex.quote(fresh.home)
    await fresh.run(f"rm -r {home}/state; echo >{home}/state")
    assert (await fresh.run("pwd")).output == f"{fresh.workspace}\n"
    await fresh.run(f"rm {home}/state; mkdir {home}/state")
    await fresh.run("export B=2")
    assert (await fresh.run("echo $B")).output == "2\n"
