"""`mimosa fix` in Docker: nothing runs on the host, nothing is left behind, and a dead container loses nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fix_bench import EDIT, FINISH, FIXED, ISSUE, RUN_TESTS, Mimosa, wait_for_requests, works
from model_server import Call, Hang, ModelServer, Reply

from sandbox.container.leftovers import OWNER_LABEL

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


@pytest.fixture
def docker(server: ModelServer, repository: Path, base_image: str) -> tuple[str | Path, ...]:
    test = "python3 -m pytest -q -p no:cacheprovider"
    return ("fix", "--repo", repository, "--image", base_image, "--test", test, "--base-url", server.url, ISSUE)


def containers_of(engine: "DockerClient", process: int) -> list[str]:
    """The containers that the Mimosa with that PID made."""
    every = engine.containers.list(all=True, filters={"label": OWNER_LABEL}, ignore_removed=True)
    return [str(made.id) for made in every if made.labels[OWNER_LABEL].split()[-2] == str(process)]


def test_a_fix_in_a_container_is_verified_in_others_and_all_are_gone_afterwards(
    mimosa: Mimosa, server: ModelServer, repository: Path, docker: tuple[str, ...], engine: "DockerClient"
) -> None:
    probe = Call("bash", {"command": "id -u; cat /sys/class/net/*/operstate | wc -l; ls /var/run/docker.sock"})
    server.will(Reply(calls=(probe,)), *works())
    running = mimosa.start(*docker, "--apply")
    told, errors = running.communicate(timeout=100)
    assert running.returncode == 0, errors
    assert "verified" in told
    assert "no network" in told
    assert (repository / "stats.py").read_text() == FIXED
    seen = server.asked[1].json["messages"][-1]["content"]
    assert not seen.startswith("0\n")
    assert "docker.sock': No such file" in seen
    assert not containers_of(engine, running.pid)


def test_a_container_that_dies_ends_with_75_and_the_session_goes_on_in_a_new_one(
    mimosa: Mimosa, server: ModelServer, repository: Path, docker: tuple[str, ...], engine: "DockerClient"
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(calls=(Call("bash", {"command": "sleep 60"}),)))
    running = mimosa.start(*docker)
    wait_for_requests(server, 2)
    for container in containers_of(engine, running.pid):
        engine.containers.get(container).remove(force=True)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 75, told
    assert f"--resume {mimosa.sessions[0].name}" in told
    server.will(Reply(calls=(RUN_TESTS,)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--resume", "last", "--base-url", server.url, "--apply")
    assert done.returncode == 0, done.stderr
    assert (repository / "stats.py").read_text() == FIXED


def test_an_interrupt_removes_the_container(
    mimosa: Mimosa, server: ModelServer, docker: tuple[str, ...], engine: "DockerClient"
) -> None:
    server.will(Hang())
    running = mimosa.start(*docker)
    wait_for_requests(server, 1)
    assert containers_of(engine, running.pid)
    running.terminate()
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert not containers_of(engine, running.pid)


def test_what_a_killed_mimosa_left_is_removed_by_the_next(
    mimosa: Mimosa, server: ModelServer, docker: tuple[str, ...], engine: "DockerClient"
) -> None:
    server.will(Hang(), *works())
    running = mimosa.start(*docker)
    wait_for_requests(server, 1)
    running.kill()
    running.communicate(timeout=60)
    assert containers_of(engine, running.pid)
    assert mimosa(*docker).returncode == 0
    assert not containers_of(engine, running.pid)


def test_a_session_whose_image_was_removed_goes_on_in_one_made_again(
    mimosa: Mimosa, server: ModelServer, repository: Path, engine: "DockerClient", base_image: str
) -> None:
    (repository / ".mimosa").mkdir()
    (repository / ".mimosa/config.toml").write_text(
        f'[sandbox]\nimage = "{base_image}"\nsetup = ["echo made > /made"]\ntest = "python3 -m pytest -q"\n'
    )
    server.will(Reply(calls=(EDIT,)), Hang())
    running = mimosa.start("fix", "--repo", repository, "--base-url", server.url, ISSUE)
    wait_for_requests(server, 2)
    running.terminate()
    running.communicate(timeout=60)
    place = json.loads((mimosa.sessions[0] / "place.json").read_text())
    engine.images.remove(place["image"])
    server.will(Reply(calls=(Call("bash", {"command": "cat /made"}), RUN_TESTS)), Reply(calls=(FINISH,)))
    done = mimosa("fix", "--resume", "last", "--base-url", server.url, "--apply")
    engine.images.remove(place["image"])
    assert done.returncode == 0, done.stderr
    assert (repository / "stats.py").read_text() == FIXED
    assert "made" in server.asked[-1].json["messages"][-2]["content"]
