"""A setup runs once, with the network on, and is kept under what it was made from; the sandbox has no network."""

import os
import re
import time
from dataclasses import replace
from datetime import timedelta

import docker
import pytest
from image_helpers import GID, UID, Make, Snapshot

from sandbox.errors import EnvironmentFailed
from sandbox.images.environment import Environment, find_environment
from sandbox.images.image import PreparedImage, image_name, prepare_base, prepare_image
from sandbox.images.prune import remove_images, unused_images
from sandbox.progress import Progress

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("clean_images")]

TINY = {
    "setup.py": "from setuptools import setup\n"
    "setup(name='tiny', version='1', py_modules=['tiny'], install_requires=['iniconfig'])\n",
    "tiny.py": "import iniconfig\n\ndef answer():\n    return 42\n",
    "tests/test_tiny.py": "import tiny\n\ndef test_answer():\n    assert tiny.answer() == 42\n",
    ".gitignore": "*.egg-info\n",
}


def shell(client: docker.DockerClient, image: PreparedImage, command: str, **options: object) -> str:
    """What `command` prints in a new container of `image`, as the sandbox's user, without a network."""
    said: bytes = client.containers.run(
        image.name,
        ["bash", "-c", command],
        user=f"{UID}:{GID}",
        network_mode="none",
        environment=dict(image.variables),
        remove=True,
        **options,
    )
    return said.decode()


def containers(client: docker.DockerClient) -> list[str]:
    """Setup containers of this process that are still there; those on their way out get a moment."""
    ours = {"name": f"mimosa-setup-{os.getpid()}-"}
    for _ in range(50):
        left = [str(found.id) for found in client.containers.list(all=True, filters=ours)]
        if not left:
            break
        time.sleep(0.1)
    return left


def test_a_python_project_is_set_up_once_and_its_tests_run_without_a_network(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    root = repository(TINY)
    archive = snapshot(root)
    environment = find_environment(root)
    news: list[Progress] = []
    assert prepare_base(engine, replace(environment, base=base_image), archive) == base_image
    made = prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID, report=news.append)
    assert any("Collecting iniconfig" in item.detail for item in news)
    assert [item.done for item in news] == sorted(item.done for item in news)

    again: list[Progress] = []
    assert prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID, report=again.append) == made
    assert not again

    # The workspace holds what the setup made, and nothing that the snapshot brings.
    left = shell(engine, made, "cd /workspace && find . -mindepth 1 -maxdepth 1; stat -c %u:%g . /home/mimosa")
    assert left.split() == ["./tiny.egg-info", f"{UID}:{GID}", f"{UID}:{GID}"]
    assert shell(engine, made, "ls -d /mimosa /tmp/mimosa-setup 2>&1; true").count("No such file") == 2

    # With the snapshot laid over it the tests pass.
    mount = {str(archive): {"bind": "/snapshot.tar", "mode": "ro"}}
    test = f"tar -xf /snapshot.tar --strip-components=1 -C /workspace workspace && {environment.test_command}"
    said = shell(engine, made, f"cd /workspace && {test} && find . -name __pycache__", volumes=mount)
    assert "1 passed" in said
    assert "__pycache__" not in said

    # Nothing of the host's own settings stayed.
    config = engine.images.get(made.name).attrs["Config"]
    assert {entry.partition("=")[0] for entry in config["Env"]} == {
        "PATH",
        "LANG",
        "VIRTUAL_ENV",
        "PYTHONDONTWRITEBYTECODE",
    }
    assert not containers(engine)


def test_a_failing_command_stops_everything_and_shows_its_last_lines(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({"README": ""}))
    commands = (
        "true",
        "for i in $(seq 100); do echo line $i; done; echo gone wrong >&2; (exit 7) | cat",
        "touch /x",
    )
    environment = Environment(why="", setup=commands)
    with pytest.raises(EnvironmentFailed, match=r"Command 2 of 3.*exit code 7") as raised:
        prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID)
    assert raised.value.exit_code == 2
    lines = str(raised.value).splitlines()
    assert lines[-2:] == ["line 100", "gone wrong"]
    assert 20 < len(lines) < 40
    assert not engine.images.list(image_name(engine, environment, base_image, UID, GID))
    assert not containers(engine)


def test_a_setup_that_takes_too_long_is_ended(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({"README": ""}))
    environment = Environment(why="", setup=("echo begun; trap '' TERM; sleep 60",))
    with pytest.raises(EnvironmentFailed, match=r"(?s)did not end in time.*begun"):
        prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID, limit_s=2)
    assert not containers(engine)


def test_an_interrupt_leaves_no_container_and_no_image(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({"README": ""}))
    environment = Environment(why="", setup=("echo begun; sleep 60",))

    def interrupt(news: Progress) -> None:
        if news.detail == "begun":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID, report=interrupt)
    assert not containers(engine)
    assert not engine.images.list(image_name(engine, environment, base_image, UID, GID))


def test_the_setup_has_a_network_and_the_sandbox_has_none(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    count = "ls /sys/class/net | grep -vx lo | wc -l"
    archive = snapshot(repository({"README": ""}))
    environment = Environment(why="", setup=(f"{count} > /count",))
    made = prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID)
    assert int(shell(engine, made, "cat /count")) > 0
    assert int(shell(engine, made, count)) == 0


def test_commands_see_the_files_and_git_and_what_they_make_stays(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    name = "a folder/ünïcode\nname.txt"
    archive = snapshot(repository({name: "text\n", "src/code.c": "", "empty/gone.txt": ""}))
    environment = Environment(
        why="",
        setup=(
            "git status --porcelain | tee /status",
            "cp 'a folder'/* /copied; mkdir -p src/build deps; echo x > src/build/out; echo y > deps/z",
            "echo changed >> src/code.c; mkdir -p $HOME/cache",
        ),
        variables=(("KIND", "a test"),),
    )
    made = prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID)
    assert shell(engine, made, "cat /status") == ""
    assert shell(engine, made, "cat /copied; echo $KIND") == "text\na test\n"
    assert set(shell(engine, made, "cd /workspace; find . -type f").split()) == {"./deps/z", "./src/build/out"}
    assert "empty" not in shell(engine, made, "ls /workspace")
    assert shell(engine, made, "touch /home/mimosa/cache/mine /workspace/deps/z && echo mine").strip() == "mine"


def test_without_commands_the_base_itself_is_used(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({"README": ""}))
    environment = Environment(why="", variables=(("KIND", "a test"),))
    made = prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID)
    assert made == PreparedImage(base_image, (("KIND", "a test"),))


def test_the_name_changes_with_everything_that_the_image_is_made_from(
    engine: docker.DockerClient, base_image: str, tree: Make
) -> None:
    root = tree(TINY)
    found = find_environment(root)
    names = {
        image_name(engine, found, base_image, UID, GID),
        image_name(engine, found, base_image, UID + 1, GID),
        image_name(engine, replace(found, setup=("true",)), base_image, UID, GID),
        image_name(engine, replace(found, variables=(("A", "1"),)), base_image, UID, GID),
        image_name(engine, find_environment(tree({"setup.py": "# changed\n"})), base_image, UID, GID),
    }
    assert len(names) == 5
    assert all(re.fullmatch(r"mimosa-env:[0-9a-f]{16}", name) for name in names)


def test_what_was_not_used_for_a_while_can_be_removed(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({"README": ""}))
    old, used = (Environment(why="", setup=(f"true {name}",)) for name in ("old", "used"))
    for environment in (old, used):
        prepare_image(engine, environment, base_image, archive, uid=UID, gid=GID)
    time.sleep(2)
    name = prepare_image(engine, used, base_image, archive, uid=UID, gid=GID).name
    unused = unused_images(engine, timedelta(seconds=1.5))
    forgotten = image_name(engine, old, base_image, UID, GID)
    assert forgotten in unused
    assert name not in unused
    assert remove_images(engine, [forgotten, "mimosa-env:none"]) == (forgotten,)
    assert not engine.images.list(forgotten)
