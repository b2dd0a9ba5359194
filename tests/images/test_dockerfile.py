"""A Dockerfile is built from the repository's own files, and used again while nothing changed."""

import docker
import pytest
from image_helpers import DOCKERFILE, GID, UID, Make, Snapshot

from sandbox.errors import EnvironmentFailed
from sandbox.images.environment import Build, Environment
from sandbox.images.image import prepare_base, prepare_image
from sandbox.progress import Progress

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("clean_images")]


def test_it_is_built_from_the_snapshot_and_set_up_further(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    files = {
        DOCKERFILE: f"FROM {base_image}\nARG WORD\nENV WORD=$WORD\nCOPY . /context/\n",
        ".gitignore": "secret.env\n",
        ".dockerignore": "# none of these\n*.log\n",
        "kept.txt": "kept",
        "left.log": "left",
    }
    root = repository(files)
    (root / "secret.env").write_text("KEY=1")
    archive = snapshot(root)
    environment = Environment(
        why="",
        base=Build(DOCKERFILE, arguments=(("WORD", "spoken"),)),
        setup=("ls -A /context > /listed", "echo $WORD >> /listed"),
    )
    base = prepare_base(engine, environment, archive)
    made = prepare_image(engine, environment, base, archive, uid=UID, gid=GID)
    said = engine.containers.run(made.name, ["cat", "/listed"], network_mode="none", remove=True)
    listed = set(said.decode().split())
    assert {"kept.txt", DOCKERFILE, "spoken"} <= listed
    assert not {"secret.env", "left.log", ".git"} & listed

    news: list[Progress] = []
    assert prepare_base(engine, environment, archive, news.append) == base
    assert not news
    (root / "kept.txt").write_text("changed")
    assert prepare_base(engine, environment, snapshot(root)) != base


def test_a_build_that_fails_shows_its_last_lines(
    engine: docker.DockerClient, base_image: str, repository: Make, snapshot: Snapshot
) -> None:
    text = f"FROM {base_image}\nRUN echo so far so good; exit 3\n"
    archive = snapshot(repository({DOCKERFILE: text}))
    with pytest.raises(EnvironmentFailed, match=r"(?s)could not be built.*code: 3.*so far so good") as raised:
        prepare_base(engine, Environment(why="", base=Build(DOCKERFILE)), archive)
    assert raised.value.exit_code == 2
    assert not engine.containers.list(all=True, filters={"label": f"mimosa.build={DOCKERFILE}"})


def test_a_dockerfile_that_git_ignores_is_told(
    engine: docker.DockerClient, repository: Make, snapshot: Snapshot
) -> None:
    archive = snapshot(repository({".gitignore": "Dockerfile\n", "Dockerfile": "FROM x\n"}))
    with pytest.raises(EnvironmentFailed, match="not among the repository's files"):
        prepare_base(engine, Environment(why="", base=Build("Dockerfile")), archive)
