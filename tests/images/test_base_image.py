"""The base image: named for what is in it, made whole or not at all, explained where it cannot be had."""

import os
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from sandbox.errors import EnvironmentFailed
from sandbox.images.base_image import PACKAGES, ensure_base_image, made_name, make_base_image
from sandbox.images.debootstrap import Counter, command, root_tree, slim
from sandbox.images.mirror import Mirror
from sandbox.images.pull import split_name

# What debootstrap 1.0.128 printed, shortened.
REAL_LINES = """\
I: Target architecture can be executed
I: Retrieving InRelease
I: Checking Release signature
I: Retrieving Packages
I: Resolving dependencies of required packages...
I: Checking component main on http://mirror.example/debian...
I: Retrieving libacl1 2.3.1-3
I: Validating libacl1 2.3.1-3
I: Retrieving adduser 3.134
I: Validating adduser 3.134
I: Chosen extractor for .deb packages: dpkg-deb
I: Extracting libacl1...
I: Installing core packages...
I: Unpacking required packages...
I: Unpacking libacl1:amd64...
I: Configuring libacl1:amd64...
I: Unpacking adduser...
I: Configuring adduser...
I: Base system installed successfully.
""".splitlines()


def test_progress_counts_what_debootstrap_prints() -> None:
    counter = Counter()
    news = [found for line in REAL_LINES if (found := counter.read(line))]
    done = [found.done for found in news]
    assert done == list(range(1, len(news) + 1)), "it only ever goes forward, by one"
    assert all(found.total is not None and found.done <= found.total for found in news)
    assert (news[-1].done, news[-1].total) == (9, 12)
    assert news[-1].detail == "adduser"


def test_the_name_says_what_is_in_it_and_changes_with_the_recipe() -> None:
    assert made_name("bookworm").startswith("mimosa-base:bookworm-python3-git-gcc-")
    assert made_name("bookworm") != made_name("trixie")


def test_packages_are_named_once() -> None:
    assert len(set(PACKAGES)) == len(PACKAGES)


def test_signatures_are_checked() -> None:
    words = command(Path("/x"), Mirror("http://m.example", "bookworm", keyring=Path("/k.gpg")), ("git", "gcc"))
    assert "--force-check-gpg" in words
    assert "--keyring=/k.gpg" in words
    assert words[-3:] == ["bookworm", "/x", "http://m.example"]


def test_slimming_keeps_folders_and_programs(tmp_path: Path) -> None:
    for name in (
        "usr/share/man/man1/git.1.gz",
        "usr/share/doc/git/copyright",
        "var/lib/apt/lists/x",
        "usr/bin/git",
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("x")
    slim(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"usr/bin/git"}
    assert (tmp_path / "usr/share/man/man1").is_dir()
    assert (tmp_path / "var/lib/apt/lists/partial").is_dir()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("python", ("python", "latest")),
        ("python:3.12", ("python", "3.12")),
        ("box:5000/team/image", ("box:5000/team/image", "latest")),
        ("box:5000/team/image:1", ("box:5000/team/image", "1")),
        ("image@sha256:abc", ("image", "sha256:abc")),
    ],
)
def test_names_of_images_are_taken_apart(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.docker
def test_a_named_image_that_is_not_there_is_an_error_that_says_so(engine: docker.DockerClient) -> None:
    # A registry on this machine that nobody runs.
    with pytest.raises(
        EnvironmentFailed, match=r"(?s)localhost:9/none:1 is not on this engine.*docker load"
    ) as raised:
        ensure_base_image(engine, "localhost:9/none:1")
    assert raised.value.exit_code == 2


@pytest.mark.docker
def test_a_named_image_that_is_there_is_used(engine: docker.DockerClient, base_image: str) -> None:
    assert ensure_base_image(engine, base_image) == base_image


@pytest.mark.docker
def test_the_base_image_has_what_work_needs(engine: docker.DockerClient, base_image: str) -> None:
    programs = ("python3 --version", "git --version", "cc --version", "make --version", "rg --version", "locale")
    script = "; ".join((*programs, "python3 -c 'import ensurepip, venv, pytest'"))
    said = engine.containers.run(base_image, ["bash", "-ec", script], network_mode="none", remove=True).decode()
    assert "Python 3." in said
    assert "LANG=C.UTF-8" in said


needs_debootstrap = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/usr/sbin/debootstrap").exists(), reason="only root can run debootstrap"
)


def leftovers() -> set[Path]:
    return set(Path("/var/tmp").glob("mimosa-base-*"))


@pytest.mark.docker
@needs_debootstrap
def test_a_mirror_that_does_not_answer_shows_the_last_lines_and_leaves_nothing(
    engine: docker.DockerClient,
) -> None:
    before = leftovers()
    mirror = Mirror("http://127.0.0.1:9/debian", "bookworm")
    with pytest.raises(EnvironmentFailed, match="debootstrap of bookworm") as raised:
        make_base_image(engine, mirror=mirror)
    assert "E: Failed getting release file" in str(raised.value)
    assert leftovers() == before


@needs_debootstrap
def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    before = leftovers()
    waiting = tmp_path / "mirror"  # a mirror on disk whose release file never comes
    (waiting / "dists/bookworm").mkdir(parents=True)
    os.mkfifo(waiting / "dists/bookworm/InRelease")

    def interrupt(_news: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), root_tree(Mirror(f"file://{waiting}", "bookworm"), ("git",), interrupt):
        pytest.fail("the tree cannot be ready")
    assert leftovers() == before


@pytest.mark.docker
def test_the_script_step_prints_the_name(base_image: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.images.base_image"],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stdout.strip() == base_image
