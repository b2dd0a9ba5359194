"""The models that Mimosa knows: models, fetch."""

from pathlib import Path
from typing import Annotated

import typer


def models(
    name: Annotated[str | None, typer.Argument(help="Tell all that is known of this one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models that Mimosa has a profile of, and what each needs."""
    from agent.commands.models import run_models

    raise typer.Exit(run_models(name, json=json))


def fetch(
    name: Annotated[str, typer.Argument(help="A profile, or a Hugging Face repository such as ORG/NAME.")],
    to: Annotated[
        Path | None, typer.Option(help="Folder for the files.", show_default="the Hugging Face cache")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", help="A mirror's address, or a folder that holds the files.", show_default="HF_ENDPOINT"
        ),
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.", show_default="main")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check what is there, without the network.")] = False,
) -> None:
    """Download a model's weights, with progress and resume, and check every file."""
    from agent.commands.fetch import FetchOptions, run_fetch

    raise typer.Exit(run_fetch(FetchOptions(name, to, source or "", revision or "main", check)))
