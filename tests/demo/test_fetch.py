"""The demo's repository is made from exactly the release that was named, and the same way everywhere."""

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

FETCH = Path(__file__).parents[2] / "demo" / "fetch.py"


def make_sdist(path: Path, members: dict[str, str], link: str = "") -> str:
    """Write a source distribution; returns the text of a bug.toml that fits it."""
    with tarfile.open(path, "w:gz") as bundle:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            info.mode = 0o755 if name.endswith(".sh") else 0o600
            bundle.addfile(info, io.BytesIO(text.encode()))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            bundle.addfile(info)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    facts = {"package": "pond", "version": "1.0", "sdist": path.name, "sha256": digest}
    facts |= {"date": "1600000000 +0000", "test_command": "true"}
    return "".join(f'{key} = "{value}"\n' for key, value in facts.items())


def run_fetch(place: Path, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(FETCH), str(folder), "--bug", str(place / "bug.toml"), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def prepare(place: Path, members: dict[str, str], link: str = "") -> tuple[str, str]:
    (place / "bug.toml").write_text(make_sdist(place / "pond-1.0.tar.gz", members, link))
    return "--sdist", str(place / "pond-1.0.tar.gz")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_release_becomes_one_commit_that_is_the_same_in_every_folder(tmp_path: Path) -> None:
    sdist = prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n", "pond-1.0/run.sh": "true\n"})
    one, two = tmp_path / "one", tmp_path / "zwei é"
    for folder in (one, two):
        assert run_fetch(tmp_path, folder, *sdist).returncode == 0
    assert git(one, "rev-parse", "HEAD") == git(two, "rev-parse", "HEAD")
    assert git(one, "rev-list", "--count", "HEAD") == "1"
    assert git(one, "ls-files").split() == [".gitignore", "pond.py", "run.sh"]
    assert git(one, "status", "--porcelain") == ""
    assert (one / "run.sh").stat().st_mode & 0o111


def test_second_run_changes_nothing_and_refuses_a_repository_with_work_in_it(tmp_path: Path) -> None:
    sdist = prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n"})
    folder = tmp_path / "pond"
    run_fetch(tmp_path, folder, *sdist)
    again = run_fetch(tmp_path, folder, *sdist)
    assert (again.returncode, "already" in again.stdout) == (0, True)
    (folder / "pond.py").write_text("x = 2\n")
    changed = run_fetch(tmp_path, folder, *sdist)
    assert changed.returncode == 2
    assert "was changed since" in changed.stderr
    assert (folder / "pond.py").read_text() == "x = 2\n"


def test_another_file_than_the_named_release_is_refused(tmp_path: Path) -> None:
    sdist = prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n"})
    with (tmp_path / "pond-1.0.tar.gz").open("ab") as archive:
        archive.write(b"\0")
    done = run_fetch(tmp_path, tmp_path / "pond", *sdist)
    assert done.returncode == 1
    assert "sha256" in done.stderr
    assert not (tmp_path / "pond").exists()


def test_archive_that_reaches_out_of_its_folder_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for name in ("pond-1.0/../../evil", "/evil", "pond-1.0/.git/hooks/post-commit", "loose"):
        sdist = prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n", name: "evil\n"})
        done = run_fetch(tmp_path, tmp_path / "deep" / "pond", *sdist)
        assert (done.returncode, repr(name) in done.stderr) == (1, True)
        assert list((tmp_path / "deep").iterdir()) == []
    sdist = prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n"}, link="pond-1.0/link")
    assert run_fetch(tmp_path, tmp_path / "deep" / "pond", *sdist).returncode == 1
    assert not (tmp_path / "evil").exists()


def test_no_package_index_is_worth_retrying_and_says_what_to_do(tmp_path: Path) -> None:
    prepare(tmp_path, {"pond-1.0/pond.py": "x = 1\n"})
    # Isolated from the machine's own index: the address is one where nothing listens.
    environment = {"PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null", "PIP_RETRIES": "0"}
    environment |= {"PIP_INDEX_URL": "http://127.0.0.1:9/", "HOME": str(tmp_path)}
    command = [sys.executable, str(FETCH), str(tmp_path / "pond"), "--bug", str(tmp_path / "bug.toml")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 75
    assert "--sdist" in done.stderr
    assert not (tmp_path / "pond").exists()
