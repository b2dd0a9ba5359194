"""Reading and replacing files in a sandbox."""

import errno

import pytest

from tests.sandbox.conftest import AnySandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL_BYTES = bytes(range(256))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 512 * 1024, 512 * 1024 + 1, 3_000_000])
async def test_any_bytes_come_back_as_they_were_written(box: AnySandbox, size: int) -> None:
    data = (ALL_BYTES * (size // 256 + 1))[:size]
    await box.write("file", data)
    assert await box.read("file") == data
    assert (await box.run("ls -A")).output == "file\n"


@pytest.mark.parametrize(
    "name", ["with spaces", "ünï漢.txt", "-dash", "quo'te\"", "new\nline", "$HOME", "*", "a\\b"]
)
async def test_any_name_is_taken_as_it_is(box: AnySandbox, name: str) -> None:
    await box.write(name, b"text")
    assert await box.read(name) == b"text"
    assert await box.read(f"{box.workspace}/{name}") == b"text"


async def test_missing_folders_are_made(box: AnySandbox) -> None:
    await box.write("a/b c/d", b"deep")
    assert (await box.run("cat 'a/b c/d'")).output == "deep"


async def test_a_file_keeps_its_mode_and_a_new_one_gets_the_usual(box: AnySandbox) -> None:
    await box.run("echo >tool; chmod 750 tool")
    await box.write("tool", b"#!/bin/sh\n")
    await box.write("new", b"")
    assert (await box.run("stat -c %a tool new")).output == "750\n644\n"


async def test_a_link_stays_and_its_target_is_replaced(box: AnySandbox) -> None:
    await box.run("mkdir d; echo old >d/target; ln -s d/target link; ln -s nowhere/yet dangling; ln -s loop loop")
    await box.write("link", b"new")
    assert (await box.run("readlink link; cat d/target")).output == "d/target\nnew"
    with pytest.raises(OSError, match="symbolic links"):
        await box.write("loop", b"")


async def test_the_old_file_is_whole_until_the_new_one_is(box: AnySandbox) -> None:
    await box.write("file", b"a" * 100_000)
    watching = "for i in {1..300}; do wc -c <file; done | sort -u"
    job = await box.run(watching, background_after=0)
    assert job.job is not None
    await box.write("file", b"b" * 1_500_000)
    sizes = (await box.poll(job.job, wait=30)).output.split()
    assert set(sizes) <= {"100000", "1500000"}


async def test_what_cannot_be_read_says_why(box: AnySandbox) -> None:
    await box.run("mkdir d; mkfifo pipe; echo >file")
    for path, error, code in (
        ("missing", FileNotFoundError, errno.ENOENT),
        ("d", IsADirectoryError, errno.EISDIR),
        ("pipe", OSError, errno.EINVAL),
        ("/dev/zero", OSError, errno.EINVAL),
        ("file/below", NotADirectoryError, errno.ENOTDIR),
        ("", FileNotFoundError, errno.ENOENT),
        ("nul\0", OSError, errno.EINVAL),
        ("x" * 300, OSError, errno.ENAMETOOLONG),
    ):
        with pytest.raises(error) as failure:
            await box.read(path)
        assert (failure.value.errno, failure.value.filename) == (code, path)


async def test_what_cannot_be_written_says_why_and_leaves_nothing(box: AnySandbox) -> None:
    await box.run("mkdir d; mkfifo pipe; echo >file")
    for path, error in (
        ("d", IsADirectoryError),
        ("pipe", OSError),
        ("file/below", OSError),
        ("/proc/nothing", OSError),
        ("", FileNotFoundError),
    ):
        with pytest.raises(error):
            await box.write(path, b"data" * 300_000)
    assert (
        await box.run("ls -A; ls -A d; ls -A ../mimosa/run | grep -v -e admin -e probe")
    ).output == "d\nfile\npipe\n"


async def test_permissions_hold_where_they_mean_something(fresh: AnySandbox) -> None:
    await fresh.run(
        "echo secret >closed; chmod 000 closed; mkdir locked; chmod 500 locked; echo >fixed; chmod 444 fixed"
    )
    if (await fresh.run("id -u")).output == "0\n":
        pytest.skip("this backend runs as root here, and nothing is closed to root")
    with pytest.raises(PermissionError):
        await fresh.read("closed")
    with pytest.raises(PermissionError):
        await fresh.write("locked/new", b"")
    with pytest.raises(PermissionError):
        await fresh.write("fixed", b"")
