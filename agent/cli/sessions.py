"""`mimosa sessions`: list, show, export, prune."""

from pathlib import Path
from typing import Annotated

import typer

sessions = typer.Typer(help="List, show, export and prune sessions.", invoke_without_command=True)


@sessions.callback()
def sessions_list(
    context: typer.Context,
    most: Annotated[int, typer.Option("-n", min=1, help="How many, the newest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List, show, export and prune sessions."""
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


@sessions.command()
def prune(
    older: Annotated[float, typer.Option(min=0, metavar="DAYS", help="Last used longer ago than this.")] = 30,
    keep: Annotated[int, typer.Option(min=0, metavar="N", help="Leave the N newest alone.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove the copies of repositories that sessions keep which have ended or are old.

    Logs and patches stay: such a session can be shown and exported, and no longer resumed.
    One in use is left alone.
    """
    from agent.commands.prune import run_prune

    raise typer.Exit(run_prune(older, keep, dry_run=dry_run))
