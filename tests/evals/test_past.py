"""The agent's repository holds the ancestors of the base commit, and not one object more."""

import tarfile
from pathlib import Path

import git
import pytest
from eval_repositories import commit, make_calc

from agent.config.settings import SandboxSettings
from evals.errors import EvalError
from evals.images.prepare import InstancePreparer
from evals.past.proof import prove, prove_repository
from evals.past.seal import seal
from evals.past.sources import Sources
from sandbox.workspace.snapshot import take_snapshot


def tempt(repository: git.Repo) -> None:
    """All that a clone may hold of the future: tags, branches, a stash, a reflog, a dangling commit, a remote."""
    fix = repository.head.commit
    repository.create_tag("v9.0", ref=fix)
    repository.create_head("future", fix)
    commit(repository, {"calc.py": "lost = 1\n"}, "dangling")
    repository.head.reset(fix, working_tree=True)
    (Path(repository.working_dir) / "calc.py").write_text("stashed = 1\n")
    repository.git.stash()
    repository.create_remote("origin", "https://example.org/acme/calc.git")


def test_only_the_ancestors_come_along(tmp_path: Path) -> None:
    repository, instance = make_calc(tmp_path / "calc")
    tempt(repository)

    sealed = seal(tmp_path / "calc", instance.base_commit, tmp_path / "sealed")
    proof = prove_repository(sealed, instance.base_commit)

    assert (proof.commits, proof.surplus, proof.leaks) == (2, (), ())
    listed = git.Git(sealed).log("--all", "--reflog", "--format=%s").splitlines()
    assert listed == ["twice", "start"]
    assert not git.Repo(sealed).is_dirty(untracked_files=True)
    assert "test_add" not in (sealed / "tests/test_calc.py").read_text()


def test_the_archive_of_a_commit_is_made_once(tmp_path: Path) -> None:
    _, instance = make_calc(tmp_path / "calc")
    preparer = InstancePreparer(Sources(), None, SandboxSettings(backend="local"))
    later = instance.model_copy(update={"instance_id": "acme__calc-2"})
    folders = [tmp_path / name for name in ("first", "second", "third", "fourth")]
    for folder in folders:
        folder.mkdir()

    first = preparer.prepare(instance, folders[0])
    second = preparer.prepare(later, folders[1])
    (folders[0] / "workspace.tar").unlink()
    third = preparer.prepare(instance, folders[2])
    (folders[2] / "workspace.tar").write_bytes(b"not what was proved")
    fourth = preparer.prepare(later, folders[3])

    assert second.place.snapshot.archive == folders[1] / "workspace.tar"
    assert (folders[1] / "workspace.tar").stat().st_ino == (folders[2] / "workspace.tar").stat().st_ino
    assert first.history == second.history == third.history
    assert fourth.history == prove(fourth.place.snapshot.archive, instance.base_commit)


def test_a_name_that_may_move_is_sealed_anew(tmp_path: Path) -> None:
    repository, instance = make_calc(tmp_path / "calc")
    preparer = InstancePreparer(Sources(), None, SandboxSettings(backend="local"))
    moving = instance.model_copy(update={"base_commit": "main"})
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()

    before = preparer.prepare(moving, tmp_path / "first")
    commit(repository, {"calc.py": "moved = 1\n"}, "on")
    after = preparer.prepare(moving, tmp_path / "second")

    assert after.history.commits == before.history.commits + 1


def test_a_limit_cuts_the_history_off(tmp_path: Path) -> None:
    _, instance = make_calc(tmp_path / "calc")

    sealed = seal(tmp_path / "calc", instance.base_commit, tmp_path / "sealed", history=1)

    assert prove_repository(sealed, instance.base_commit).commits == 1


def test_the_proof_finds_what_should_not_be_there(tmp_path: Path) -> None:
    repository, instance = make_calc(tmp_path / "calc")
    tempt(repository)
    future = repository.head.commit.hexsha

    proof = prove_repository(tmp_path / "calc", instance.base_commit)

    assert future in proof.surplus
    assert {"remote origin", "a reflog", "refs/stash"} <= set(proof.leaks)
    assert f"refs/heads/future points at {future}" in proof.leaks
    assert any("objects that the base commit does not reach" in leak for leak in proof.leaks)


def test_the_proof_is_made_on_the_archive_that_a_sandbox_gets(tmp_path: Path) -> None:
    repository, instance = make_calc(tmp_path / "calc")
    repository.head.reset(instance.base_commit, working_tree=True)
    archive = take_snapshot(tmp_path / "calc", tmp_path / "workspace.tar", uid=1, gid=1).archive

    proof = prove(archive, instance.base_commit)

    assert (proof.commits, proof.surplus, proof.leaks) == (2, (), ())


def test_a_prepared_instance_shows_neither_its_tests_nor_its_fix(tmp_path: Path) -> None:
    repository, instance = make_calc(tmp_path / "calc")
    tempt(repository)
    (tmp_path / "attempt").mkdir()

    prepared = InstancePreparer(Sources(), None, SandboxSettings()).prepare(instance, tmp_path / "attempt")

    assert (prepared.history.commits, prepared.history.surplus, prepared.history.leaks) == (2, (), ())
    assert prepared.place.snapshot.head == instance.base_commit
    with tarfile.open(prepared.place.snapshot.archive) as tar:
        tests = tar.extractfile("workspace/tests/test_calc.py")
        code = tar.extractfile("workspace/calc.py")
        assert tests is not None and b"test_add" not in tests.read()
        assert code is not None and b"a - b" in code.read()


@pytest.mark.parametrize("name", ["acme/calc", "acme__calc", "acme+calc/repo", "calc", "calc.git"])
def test_a_clone_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    _, instance = make_calc(tmp_path / "calc")
    clone = git.Repo.clone_from(str(tmp_path / "calc"), tmp_path / "clones" / name, bare=name.endswith(".git"))

    found = Sources(tmp_path / "clones").find(instance.model_copy(update={"repo": "acme/calc"}))

    assert found == Path(clone.git_dir if clone.bare else clone.working_dir)


def test_a_bundle_is_unpacked_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository, instance = make_calc(tmp_path / "calc")
    (tmp_path / "bundles").mkdir()
    repository.git.bundle("create", str(tmp_path / "bundles" / "acme__calc.bundle"), "--all")
    row = instance.model_copy(update={"repo": "acme/calc"})

    found = Sources(tmp_path / "bundles").find(row)

    assert found.is_relative_to(tmp_path / "cache")
    assert prove_repository(seal(found, row.base_commit, tmp_path / "sealed"), row.base_commit).commits == 2


def test_a_clone_without_the_base_commit_is_told(tmp_path: Path) -> None:
    _, instance = make_calc(tmp_path / "calc")

    with pytest.raises(EvalError, match="does not hold the base commit 000000"):
        Sources().find(instance.model_copy(update={"base_commit": "0" * 40}))
