"""`mimosa doctor`."""

from typing import Annotated

import typer

from agent.cli.shared import HERE, Repo


def doctor(
    repo: Repo = HERE,
    model: Annotated[str | None, typer.Option(help="Served model, nano, or replay:FILE.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter that has SGLang.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at everything a session needs, ask the model, and say what is wrong and how to mend it."""
    from agent.commands.doctor import run_doctor

    flags: dict[str, object] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.backend": sandbox,
        "serve.python": python,
    }
    raise typer.Exit(run_doctor(repo, flags, json=json))
