"""`mimosa config`."""

from typing import Annotated

import typer

from agent.cli.shared import HERE, Repo


def config(
    repo: Repo = HERE,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print each setting and where it came from."""
    from agent.commands.config import run_config

    raise typer.Exit(run_config(repo, json=json))
