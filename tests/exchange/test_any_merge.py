"""Whatever both sides do, a merge loses nothing: what one side alone changed is as that side has it."""

import os

import pytest
from exchanged import git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.exchange.merge import merge
from sandbox.exchange.trees import Blob, Side, Trees
from sandbox.workspace.snapshot import take_snapshot

PATHS = ("a", "b", "dir/c", "dir/d", "dir", "new")
TEXTS = st.sampled_from(
    (b"1\n2\n3\n4\n5\n6\n", b"1\nX\n3\n4\n5\n6\n", b"1\n2\n3\n4\nY\n6\n", b"", b"\0bin", b"other\n")
)
SIDES = st.dictionaries(
    st.sampled_from(PATHS), st.none() | st.tuples(st.sampled_from((0o100644, 0o100755)), TEXTS)
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    folder = tmp_path_factory.mktemp("store")
    root = folder / "repo"
    root.mkdir()
    git(root, "init", "-q")
    take_snapshot(root, folder / "workspace.tar", uid=os.getuid(), gid=os.getgid())
    return Trees.of_snapshot(folder / "workspace.tar", folder / "user.git", root)


def possible(changes: dict[str, tuple[int, bytes] | None], before: dict[str, Side]) -> bool:
    """No file where another needs a folder."""
    there = {path for path in PATHS if (changes.get(path, before.get(path)) is not None)}
    return not ("dir" in there and {"dir/c", "dir/d"} & there)


def changed(store: Trees, tree: str, changes: dict[str, tuple[int, bytes] | None]) -> str:
    sides = {path: None if made is None else Blob(made[0], store.store(made[1])) for path, made in changes.items()}
    return store.with_paths(tree, sides)


def whole(store: Trees, tree: str) -> dict[str, Side]:
    return store.at(tree, PATHS)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(SIDES, SIDES, SIDES)
def test_a_merge_loses_nothing(
    store: Trees,
    first: dict[str, tuple[int, bytes] | None],
    ours: dict[str, tuple[int, bytes] | None],
    theirs: dict[str, tuple[int, bytes] | None],
) -> None:
    if not possible(first, {}):
        return
    base = changed(store, store.start, first)
    had = whole(store, base)
    if not (possible(ours, had) and possible(theirs, had)):
        return
    left, right = changed(store, base, ours), changed(store, base, theirs)
    merged = merge(store, base, left, right)
    conflicts = {conflict.path for conflict in merged.conflicts}
    now, ours_has, theirs_has = (whole(store, tree) for tree in (merged.tree, left, right))
    for path in PATHS:
        if path in conflicts:
            assert now[path] == ours_has[path]
        elif ours_has[path] == had[path]:
            assert now[path] == theirs_has[path], "what they alone changed"
        elif theirs_has[path] == had[path]:
            assert now[path] == ours_has[path], "what we alone changed"
    again = merge(store, base, merged.tree, right)
    assert again.tree == merged.tree and {conflict.path for conflict in again.conflicts} == conflicts
