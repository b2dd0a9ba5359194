"""Images that several workers ask for at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from eval_repositories import commit, make_calc

from evals.images.build import EvalImages
from evals.images.contents import folder_as_repository
from evals.instances.base import Instance
from evals.past.sources import Sources
from sandbox.progress import Progress

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

LONG_S = 120.0


def test_an_image_that_is_there_does_not_wait_until_another_is_built(
    engine: "DockerClient", eval_images: EvalImages, calc: Instance, tmp_path: Path
) -> None:
    there = eval_images.ensure(calc)
    repository, other = make_calc(tmp_path / "calc")
    new = other.model_copy(update={"base_commit": commit(repository, {"README.md": uuid4().hex}, "new")})
    begun, go_on = Event(), Event()

    def held(_progress: Progress) -> None:
        begun.set()
        go_on.wait(LONG_S)

    images = EvalImages(engine, Sources(), report=held)
    with ThreadPoolExecutor() as workers:
        building = workers.submit(images.ensure, new)
        try:
            assert begun.wait(LONG_S)
            same = workers.submit(images.ensure, calc.model_copy(update={"instance_id": "again"}))
            assert same.result(LONG_S / 4).name == there.name
            assert not building.done()
        finally:
            go_on.set()
        made = building.result(LONG_S).name
    assert made != there.name
    engine.images.remove(made)


def test_what_lies_in_an_image_is_brought_out_for_two_at_once(
    engine: "DockerClient", base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with ThreadPoolExecutor() as workers:
        both = [workers.submit(folder_as_repository, engine, base_image, "/etc/skel") for _ in range(2)]
        assert both[0].result(LONG_S) == both[1].result(LONG_S)
