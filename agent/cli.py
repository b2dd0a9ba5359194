"""The command line: one short function a command. Everything heavy is imported by the command that needs it."""

import io
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="mimosa",
    help="A coding agent for the terminal that keeps your code in the house.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sessions = typer.Typer(help="List, show and export sessions.", invoke_without_command=True)
app.add_typer(sessions, name="sessions")

Repo = Annotated[Path, typer.Option(help="A folder in the git repository to work on.", show_default="here")]
HERE = Path()


def print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"mimosa {version('mimosa-coder')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version and exit.", callback=print_version, is_eager=True)
]


@app.callback()
def mimosa(version: Version = False) -> None:
    """A coding agent for the terminal that keeps your code in the house."""


@app.command()
def fix(
    text: Annotated[str | None, typer.Argument(help="What is wrong; or the URL of a GitHub issue.")] = None,
    issue: Annotated[
        str | None, typer.Option(help="A file with the issue, - for standard input, or a URL.")
    ] = None,
    repo: Repo = HERE,
    resume: Annotated[str | None, typer.Option(help="Go on with this session: its id, or `last`.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Apply the patch to the working tree.")] = False,
    branch: Annotated[str, typer.Option(help="Commit the patch on this new branch.")] = "",
    patch: Annotated[Path | None, typer.Option(help="Write the patch to this file.")] = None,
    attempts: Annotated[int, typer.Option(min=1, max=16, help="Sandboxes side by side; the tests choose.")] = 1,
    model: Annotated[str | None, typer.Option(help="Served model, or replay:FILE.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    image: Annotated[str | None, typer.Option(help="Image to start from.")] = None,
    test: Annotated[str | None, typer.Option(help="Command that runs the tests.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
    steps: Annotated[int | None, typer.Option(help="Most replies of the model.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens, read and written together.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Most seconds.")] = None,
    model_seconds: Annotated[int | None, typer.Option(help="Most seconds of waiting for the model.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    stream_json: Annotated[bool, typer.Option("--stream-json", help="Print every event as a JSON line.")] = False,
) -> None:
    """Repair a repository: one issue in, one verified patch out."""
    from agent.fix.command import FixOptions, run_fix

    flags: dict[str, object] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.image": image,
        "sandbox.test": test,
        "sandbox.backend": sandbox,
        "limits.steps": steps,
        "limits.tokens": tokens,
        "limits.seconds": seconds,
        "limits.model_seconds": model_seconds,
    }
    options = FixOptions(
        text=text,
        issue=issue,
        repository=repo,
        resume=resume,
        apply=apply,
        branch=branch,
        patch=patch,
        attempts=attempts,
        json=json,
        stream_json=stream_json,
    )
    raise typer.Exit(run_fix(options, flags))


@app.command()
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


@app.command()
def status(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what the servers on this machine are doing."""
    from agent.commands.server import run_status

    raise typer.Exit(run_status(json=json))


@app.command()
def logs(
    name: ServerName = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the server ends.")] = False,
    lines: Annotated[int, typer.Option("-n", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show a server's log."""
    from agent.commands.server import run_logs

    raise typer.Exit(run_logs(name, lines, follows=follow))


@app.command()
def stop(
    name: ServerName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Also while requests are running.")] = False,
) -> None:
    """Stop a server, and give its GPUs back."""
    from agent.commands.server import run_stop

    raise typer.Exit(run_stop(name, yes=yes))


@app.command()
def config(
    repo: Repo = HERE,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print each setting and where it came from."""
    from agent.commands.config import run_config

    raise typer.Exit(run_config(repo, json=json))


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
) -> None:
    """Export a session as a page or as JSON lines."""
    from agent.commands.sessions import run_export

    raise typer.Exit(run_export(session, html=html, jsonl=jsonl))


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None if it is closed
            stream.reconfigure(errors="replace")  # a locale without a sign must not end the work
    app(prog_name="mimosa")


if __name__ == "__main__":
    main()
