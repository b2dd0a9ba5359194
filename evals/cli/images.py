"""`mimosa eval images`."""

from typing import Annotated

import typer

from evals.cli.options import Dataset, Filter, Ids, Repos, Slice, Wheelhouse

images = typer.Typer(help="Build, check, list and prune the images of instances.", no_args_is_help=True)


@images.command()
def build(
    dataset: Dataset,
    ids: Ids = "",
    filter: Filter = "",
    slice: Slice = "",
    repos: Repos = None,
    wheelhouse: Wheelhouse = None,
) -> None:
    """Pull or build the image of each instance; one that is there is left alone."""
    from evals.commands.images import Wanted, build_images

    raise typer.Exit(build_images(Wanted.of(dataset, ids, filter, slice, repos, wheelhouse)))


@images.command()
def check(
    dataset: Dataset,
    ids: Ids = "",
    filter: Filter = "",
    slice: Slice = "",
    repos: Repos = None,
    wheelhouse: Wheelhouse = None,
) -> None:
    """Tell of each instance whether its image is there, and why it could not be built. Nothing is built."""
    from evals.commands.images import Wanted, check_images

    raise typer.Exit(check_images(Wanted.of(dataset, ids, filter, slice, repos, wheelhouse)))


@images.command("list")
def list_images() -> None:
    """List the images that were built here."""
    from evals.commands.images import list_built

    raise typer.Exit(list_built())


@images.command()
def prune(
    unused: Annotated[int, typer.Option(min=0, help="Only those that nothing used for so many days.")] = 14,
) -> None:
    """Remove images that were built here. Those that a container uses stay."""
    from evals.commands.images import prune_built

    raise typer.Exit(prune_built(unused))
