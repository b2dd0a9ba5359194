"""Whatever is done to a workspace: checkpoints bring it back, and its diff makes the same of a clean copy."""

import asyncio
import os
import shutil
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.delivery.apply import apply_to_worktree
from sandbox.workspace.snapshot import Snapshot, take_snapshot
from tests.workspace.places import Place, Repo, git_apply, tree, unpack

Edit = Callable[[Path], None]

NAMES = st.sampled_from(
    [
        "a",
        "b.txt",
        "d",
        "d/x",
        "d/y.bin",
        "d/e/z",
        "sp ace",
        "ünï\n",
        't\t"q"',
        "-f",
        "b\\s",
        "[*]",
        os.fsdecode(b"\xe9"),
    ]
)
CONTENTS = st.one_of(
    st.sampled_from(
        [b"", b"one\ntwo\n", b"one\r\ntwo\r\n", b"no end", b"\0\1\2", b"".join(b"%d\n" % n for n in range(40))]
    ),
    st.binary(max_size=60),
)
TARGETS = st.sampled_from(["a", "b.txt", "nowhere", "d"])


def clear(path: Path, root: Path) -> None:
    """Make room for something at `path`, and for the folders that lead to it."""
    for folder in [*reversed(path.relative_to(root).parents[:-1])]:
        if (root / folder).is_symlink() or (root / folder).is_file():
            (root / folder).unlink()
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)


def write(name: str, content: bytes) -> Edit:
    def edit(root: Path) -> None:
        if not (root / name).is_file() or (root / name).is_symlink():
            clear(root / name, root)
        (root / name).write_bytes(content)

    return edit


def link(name: str, target: str) -> Edit:
    def edit(root: Path) -> None:
        clear(root / name, root)
        (root / name).symlink_to(target)

    return edit


def delete(name: str) -> Edit:
    return lambda root: clear(root / name, root)


def move(name: str, to: str) -> Edit:
    def edit(root: Path) -> None:
        source = root / name
        if source.is_file() and not source.is_symlink() and name != to and not to.startswith(f"{name}/"):
            content, mode = source.read_bytes(), source.stat().st_mode
            source.unlink()
            clear(root / to, root)
            (root / to).write_bytes(content)
            (root / to).chmod(stat.S_IMODE(mode))

    return edit


def flip(name: str) -> Edit:
    def edit(root: Path) -> None:
        path = root / name
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode ^ 0o111)

    return edit


EDITS = st.one_of(
    st.builds(write, NAMES, CONTENTS),
    st.builds(write, NAMES, CONTENTS),
    st.builds(delete, NAMES),
    st.builds(move, NAMES, NAMES),
    st.builds(flip, NAMES),
    st.builds(link, NAMES, TARGETS),
)
STEPS = st.lists(st.lists(EDITS, min_size=1, max_size=5), min_size=1, max_size=4)
SETTINGS = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Snapshot]:
    folder = tmp_path_factory.mktemp("original")
    repo = Repo(folder / "repo")
    repo.path.mkdir()
    repo.git("init", "-q")
    repo.write(".gitattributes", "* text=auto\n*.bin binary\n")
    repo.write("b.txt", b"one\r\ntwo\r\n")
    repo.write("d/x", b"".join(b"%d\n" % n for n in range(40))).chmod(0o755)
    repo.write("d/y.bin", bytes(range(200)))
    (repo.path / "a").symlink_to("b.txt")
    repo.commit()
    repo.write("sp ace", "untracked")
    return repo, take_snapshot(repo.path, folder / "s.tar", uid=os.getuid(), gid=os.getgid())


@SETTINGS
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_any_checkpoint_comes_back_exactly(
    original: tuple[Repo, Snapshot], steps: list[list[Edit]], order: Random
) -> None:
    async def scenario(place: Place) -> None:
        await place.checkpoints.begin()
        folder = place.workspace.path
        states = {0: tree(folder)}
        for edits in steps:
            for edit in edits:
                edit(folder)
            now = tree(folder)
            states[(await place.checkpoints.checkpoint()).number] = now
        numbers = list(states)
        order.shuffle(numbers)
        for number in numbers:
            await place.checkpoints.restore(number)
            assert tree(folder) == states[number]
            assert (await place.checkpoints.checkpoint()).number == number

    in_a_place(original[1], scenario)


@SETTINGS
@given(edits=st.lists(EDITS, min_size=1, max_size=10))
def test_a_diff_makes_the_same_tree_of_a_clean_copy(original: tuple[Repo, Snapshot], edits: list[Edit]) -> None:
    repo, snapshot = original

    async def scenario(place: Place) -> None:
        await place.checkpoints.begin()
        folder = place.workspace.path
        for edit in edits:
            edit(folder)
        patch, expected = await place.checkpoints.diff(), tree(folder)

        plain = place.root / "plain"
        shutil.copytree(repo.path, plain, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        git_apply(patch, plain)
        assert tree(plain) == expected

        users = place.root / "users"
        shutil.copytree(repo.path, users, symlinks=True)
        apply_to_worktree(users, patch)
        assert tree(users) == expected

        other = unpack(snapshot, place.root / "other")
        await other.checkpoints.begin()
        await other.checkpoints.apply(patch)
        assert tree(other.workspace.path) == expected
        assert await other.checkpoints.diff() == patch

    in_a_place(snapshot, scenario)


def in_a_place(snapshot: Snapshot, scenario: Callable[[Place], Coroutine[None, None, None]]) -> None:
    with TemporaryDirectory(prefix="mimosa-test-") as root:
        asyncio.run(scenario(unpack(snapshot, Path(root) / "place")))
