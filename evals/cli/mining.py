"""`mimosa eval mine`, as it is typed."""

from pathlib import Path
from typing import Annotated

import typer


def mine(
    repository: Annotated[Path, typer.Argument(help="A git repository, bare or not.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the rows and the decisions. [mined-<name>]")
    ] = None,
    name: Annotated[
        str, typer.Option(help="owner/name for the rows; found out from the remote if left out.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="Stop at so many rows; 0 for all.")] = 0,
    since: Annotated[str, typer.Option(help="Only commits after this date, such as 2024-01-01.")] = "",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one run of the tests may take.")] = 300,
    test: Annotated[str, typer.Option(help="The pytest command; found out if left out.")] = "",
    sandbox: Annotated[str, typer.Option(help="docker, or local: no isolation at all.")] = "docker",
) -> None:
    """Make instances out of a repository's own bug fixes. Stop and start it as you like: it goes on."""
    from evals.commands.mine import MineRequest, run_mine

    raise typer.Exit(run_mine(MineRequest(repository, output, name, limit, since, timeout, test, sandbox)))
