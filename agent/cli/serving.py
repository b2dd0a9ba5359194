"""The model's server on this machine: serve, status, logs, stop."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    plan: Annotated[
        bool, typer.Option("--plan", help="Print whether the model fits, how, and the command.")
    ] = False,
    profile: Annotated[
        str | None, typer.Option(help="Which model of the family.", show_default="mimo-v2-flash")
    ] = None,
    model_path: Annotated[Path | None, typer.Option(help="A Hugging Face directory instead of a profile.")] = None,
    gpus: Annotated[
        str | None, typer.Option(help="GPUs to plan for, such as 8xH200.", show_default="this machine's")
    ] = None,
    context: Annotated[int | None, typer.Option(min=1, help="Tokens of context a session needs.")] = None,
    precision: Annotated[str | None, typer.Option(help="Of the weights, such as fp8.")] = None,
    nodes: Annotated[int, typer.Option(min=1, help="Machines that share one model.")] = 1,
    replicas: Annotated[int, typer.Option(min=1, help="Copies of the model behind a router.")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens, on this machine alone.")] = 30_000,
    python: Annotated[
        str,
        typer.Option(
            envvar="MIMOSA_SERVE_PYTHON", help="Interpreter that has SGLang.", show_default="Mimosa's own"
        ),
    ] = "",
    wait: Annotated[float, typer.Option(min=0, help="Most seconds to wait until it is ready; 0 for none.")] = 3600,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    extra: Annotated[list[str] | None, typer.Argument(help="Further flags of SGLang, after `--`.")] = None,
) -> None:
    """Start the model's server on this machine's GPUs, or find the running one; with --plan, only say how."""
    from agent.commands.serve import PlanOptions, ServeOptions, run_plan, run_serve

    options = PlanOptions(profile, model_path, gpus, context, precision, nodes, replicas, json)
    if plan and extra:
        raise typer.BadParameter("a plan takes no further flags; give them when the server is started")
    if plan:
        raise typer.Exit(run_plan(options))
    raise typer.Exit(run_serve(options, ServeOptions(port, python, wait, tuple(extra or ()))))


ServerName = Annotated[
    str | None, typer.Argument(help="The server, or the beginning of its name.", show_default="the one that runs")
]


def status(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what the servers on this machine are doing."""
    from agent.commands.server import run_status

    raise typer.Exit(run_status(json=json))


def logs(
    name: ServerName = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the server ends.")] = False,
    lines: Annotated[int, typer.Option("-n", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show a server's log."""
    from agent.commands.server import run_logs

    raise typer.Exit(run_logs(name, lines, follows=follow))


def stop(
    name: ServerName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Also while requests are running.")] = False,
) -> None:
    """Stop a server, and give its GPUs back."""
    from agent.commands.server import run_stop

    raise typer.Exit(run_stop(name, yes=yes))
