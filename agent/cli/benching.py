"""`mimosa bench`: measure."""

from pathlib import Path
from typing import Annotated

import typer

bench = typer.Typer(help="Measure the model's server.", no_args_is_help=True)


@bench.callback()
def bench_group() -> None:
    """Measure the model's server."""


@bench.command()
def serve(
    sessions: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Sessions side by side; may be repeated.", show_default="1, 4, 16"),
    ] = None,
    recording: Annotated[
        list[str] | None,
        typer.Option(help="A session's id or log; may be repeated.", show_default="one that comes with Mimosa"),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Most requests a session.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    model: Annotated[str | None, typer.Option(help="Served model.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    against: Annotated[str, typer.Option(help="Another endpoint, measured beside.")] = "",
    compare: Annotated[
        bool, typer.Option("--compare", help="Start this machine's server once more without drafts, and compare.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the figures to this file, in Markdown.")] = None,
) -> None:
    """Replay recorded agent sessions: first token, decoding, acceptance, prefix cache, compaction."""
    from agent.commands.bench import BenchOptions, run_bench

    flags: dict[str, object] = {"model.base_url": base_url, "model.name": model, "model.profile": profile}
    levels = tuple(sessions or (1, 4, 16))
    options = BenchOptions(levels, tuple(recording or ()), steps, against, compare, json, out)
    raise typer.Exit(run_bench(options, flags))
