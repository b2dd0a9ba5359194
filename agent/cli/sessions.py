"""`mimosa sessions`: list, show and export."""

from pathlib import Path
from typing import Annotated

import typer

sessions = typer.Typer(help="List, show and export sessions.", invoke_without_command=True)


@sessions.callback()
def sessions_list(
    context: typer.Context,
    most: Annotated[int, typer.Option("-n", min=1, help="How many, the newest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List, show and export sessions."""
    if context.invoked_subcommand is None:
        from agent.commands.sessions import run_list

        raise typer.Exit(run_list(most, json=json))


SessionId = Annotated[str, typer.Argument(help="The session's id, any beginning of it, or `last`.")]


@sessions.command()
def show(
    session: SessionId,
    whole: Annotated[bool, typer.Option("--whole", help="Cut nothing.")] = False,
) -> None:
    """Show a session on the terminal."""
    from agent.commands.sessions import run_show

    raise typer.Exit(run_show(session, whole=whole))


@sessions.command()
def export(
    session: SessionId,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page to this file.")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="Write the events to this file, or - for the screen.")] = None,
    atif: Annotated[
        Path | None, typer.Option(help="Write the trajectory in the interchange format ATIF, or - for the screen.")
    ] = None,
) -> None:
    """Export a session as a page, as JSON lines or as an ATIF trajectory."""
    from agent.commands.sessions import run_export

    raise typer.Exit(run_export(session, html=html, jsonl=jsonl, atif=atif))
