"""`mimosa` without a command."""

from typing import Annotated

import typer

from agent.cli.shared import HERE, Repo


def print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"mimosa {version('mimosa-coder')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and exit.", callback=print_version, is_eager=True)
]


def chat(
    context: typer.Context,
    repo: Repo = HERE,
    go_on: Annotated[bool, typer.Option("-c", "--continue", help="Go on with the last session here.")] = False,
    resume: Annotated[
        str | None,
        typer.Option(help="Go on with this session; without an id, choose one."),
    ] = None,
    fork: Annotated[bool, typer.Option("--fork", help="With -c or --resume: go on with a copy.")] = False,
    mode: Annotated[str | None, typer.Option(help="read-only, ask or auto: what goes without asking.")] = None,
    model: Annotated[str | None, typer.Option(help="Served model, nano, or replay:FILE.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    image: Annotated[str | None, typer.Option(help="Image to start from.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
    version: Version = False,  # noqa: ARG001 - its callback has answered it
) -> None:
    """A coding agent for the terminal that keeps your code in the house. Without a command it opens a chat."""
    if context.invoked_subcommand is not None:
        return
    import sys

    flags: dict[str, object] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.image": image,
        "sandbox.backend": sandbox,
        "permission.mode": mode,
    }
    session = resume or ("last" if go_on else "")
    if not sys.stdin.isatty() or not sys.stdout.isatty():  # in a pipe it is `mimosa run`, told on standard input
        from agent.run.command import run_task
        from agent.run.options import RunOptions

        raise typer.Exit(run_task(RunOptions(None, repo, session, fork), flags))
    from agent.chat.options import ChatOptions
    from agent.chat.run import run_chat

    raise typer.Exit(run_chat(ChatOptions(repo, session, fork, mode or ""), flags))
