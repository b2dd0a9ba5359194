"""`mimosa acp`."""

from typing import Annotated

import typer


def acp(
    model: Annotated[str | None, typer.Option(help="Served model, nano, or replay:FILE.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
) -> None:
    """Serve an editor: the Agent Client Protocol on standard input and output."""
    from agent.commands.acp import run_acp

    flags: dict[str, object] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.backend": sandbox,
    }
    raise typer.Exit(run_acp(flags))
