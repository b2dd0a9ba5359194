"""`mimosa eval images`: what is done, and what is told of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console

from agent.commands.guard import told
from agent.export.words import plural
from evals.errors import EvalError, EvalInfrastructure
from evals.images.build import EvalImages
from evals.images.layers import LABEL, REPOSITORY
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset
from evals.instances.selection import Selection, select
from evals.past.sources import Sources
from sandbox.errors import EnvironmentFailed, RepositoryError
from sandbox.images.engine import ensure_engine
from sandbox.images.prune import last_used, remove_images
from sandbox.progress import Report, shown_on

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

ALL_THERE, SOME_MISSING = 0, 1
REFUSED = (EvalError, EvalInfrastructure, EnvironmentFailed, RepositoryError)
"""What keeps one image from being made, and no other. An engine that goes away ends the command."""


@dataclass(frozen=True)
class Wanted:
    """The instances whose images are meant, and where those come from."""

    dataset: str
    selection: Selection
    sources: Sources
    wheelhouse: Path | None = None

    @classmethod
    def of(
        cls, dataset: str, ids: str, filter: str, slice: str, repos: Path | None, wheelhouse: Path | None = None
    ) -> Self:
        """From the command line's words."""
        named = tuple(name for part in ids.split(",") if (name := part.strip()))
        sources = Sources(repos.expanduser().absolute() if repos is not None else None)
        return cls(dataset, Selection(ids=named, filter=filter, slice=slice), sources, wheelhouse)

    def instances(self) -> tuple[Instance, ...]:
        return select(load_dataset(self.dataset), self.selection)

    def images(self, report: Report) -> EvalImages:
        return EvalImages(ensure_engine(report), self.sources, wheelhouse=self.wheelhouse, report=report)


def build_images(wanted: Wanted) -> int:
    """Exit code 1 if some could not be had."""
    with told():
        console = Console(stderr=True, highlight=False)
        instances, failed = wanted.instances(), 0
        with shown_on(console) as report:
            images = wanted.images(report)
            for number, instance in enumerate(instances, start=1):
                try:
                    image = images.ensure(instance)
                except REFUSED as error:
                    failed += 1
                    _line(console, number, len(instances), instance, f"failed: {error}")
                else:
                    _line(console, number, len(instances), instance, f"{image.name}")
        print(f"{plural(len(instances) - failed, 'image')} ready, {failed} failed")
        return SOME_MISSING if failed else ALL_THERE


def check_images(wanted: Wanted) -> int:
    """Exit code 1 if some are not there."""
    with told():
        console = Console(stderr=True, highlight=False)
        instances, there = wanted.instances(), 0
        with shown_on(console) as report:
            images = wanted.images(report)
            for number, instance in enumerate(instances, start=1):
                try:
                    image = images.look(instance)
                except REFUSED as error:
                    words = f"cannot be built: {error}"
                else:
                    there += image is not None
                    words = f"there: {image.name}" if image else "not there: it would be pulled or built"
                _line(console, number, len(instances), instance, words)
        print(f"{there} of {plural(len(instances), 'image')} there")
        return ALL_THERE if there == len(instances) else SOME_MISSING


def list_built() -> int:
    with told():
        found = _built(ensure_engine())
        for image in found:
            what = image.labels.get(LABEL, "")
            print(f"{image.tags[0]}  {image.attrs['Size'] / 1e6:6.0f} MB  {_days(image):3d} d  {what}")
        print(f"{plural(len(found), 'image')}; sizes count layers that several share in each of them")
        return ALL_THERE


def prune_built(unused_days: int) -> int:
    with told():
        client = ensure_engine()
        oldest = datetime.now(UTC) - timedelta(days=unused_days)
        # Those on top first: an image that another was made from cannot go before it.
        old = sorted((image for image in _built(client) if last_used(image) <= oldest), key=_made, reverse=True)
        removed = remove_images(client, [tag for image in old for tag in image.tags])
        for tag in removed:
            print(tag)
        print(f"{plural(len(removed), 'image')} removed")
        return ALL_THERE


def _built(client: "DockerClient") -> "list[Image]":
    kinds = ("env", "row", "task", "agent")
    images = [image for kind in kinds for image in client.images.list(f"{REPOSITORY}-{kind}")]
    return sorted((image for image in images if image.tags), key=lambda image: image.tags[0])


def _made(image: "Image") -> str:
    return str(image.attrs["Created"])


def _days(image: "Image") -> int:
    """How long ago it was last used."""
    return (datetime.now(UTC) - last_used(image)).days


def _line(console: Console, number: int, total: int, instance: Instance, words: str) -> None:
    console.print(f"[{number}/{total}] {instance.instance_id}  {words}", markup=False, soft_wrap=True)
