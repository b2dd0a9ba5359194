"""The model's server: serve, status, top, logs, stop."""

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
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Where it listens, on this machine alone.", show_default="serve.port, 30000"
        ),
    ] = None,
    python: Annotated[
        str | None, typer.Option(help="Interpreter that has SGLang.", show_default="serve.python, Mimosa's own")
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Most seconds to wait until it is ready; 0 for none.",
            show_default="serve.wait_s, 3600",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    extra: Annotated[list[str] | None, typer.Argument(help="Further flags of SGLang, after `--`.")] = None,
) -> None:
    """Start the model's server on this machine's GPUs, or find the running one; with --plan, only say how."""
    from agent.commands.serve import ServeOptions, run_plan, run_serve
    from agent.serving.start import Wish

    flags: dict[str, object] = {
        "serve.profile": profile,
        "serve.model_path": str(model_path) if model_path is not None else None,
        "serve.gpus": gpus,
        "serve.port": port,
        "serve.python": python,
        "serve.wait_s": wait,
    }
    options = ServeOptions(flags, Wish(context, precision, nodes, replicas), tuple(extra or ()), json)
    if plan and extra:
        raise typer.BadParameter("a plan takes no further flags; give them when the server is started")
    raise typer.Exit(run_plan(options) if plan else run_serve(options))


ServerName = Annotated[
    str | None, typer.Argument(help="The server, or the beginning of its name.", show_default="the one that runs")
]


def status(
    base_url: Annotated[str | None, typer.Option(help="Look at this endpoint too.")] = None,
    profile: Annotated[str | None, typer.Option(help="A profile that names an endpoint.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what the servers on this machine are doing, and the endpoint that is set."""
    from agent.commands.server import run_status

    raise typer.Exit(run_status({"model.base_url": base_url, "model.profile": profile}, json=json))


def top(
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="A profile that names an endpoint.")] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object a look.")] = False,
) -> None:
    """Watch what the model's server is doing."""
    from agent.commands.top import TopOptions, run_top

    flags: dict[str, object] = {"model.base_url": base_url, "model.profile": profile}
    raise typer.Exit(run_top(TopOptions(every, once, json), flags))


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
