"""`mimosa run`."""

from typing import Annotated

import typer

from agent.cli.shared import HERE, Repo


def run(
    task: Annotated[str | None, typer.Argument(help="What to do; without it, standard input says.")] = None,
    repo: Repo = HERE,
    go_on: Annotated[bool, typer.Option("-c", "--continue", help="Go on with the last session here.")] = False,
    resume: Annotated[str | None, typer.Option(help="Go on with this session.")] = None,
    fork: Annotated[bool, typer.Option("--fork", help="With -c or --resume: go on with a copy.")] = False,
    mode: Annotated[
        str | None, typer.Option(help="read-only, ask or auto; auto where nothing else is set.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Apply the changes to the working tree.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    stream_json: Annotated[bool, typer.Option("--stream-json", help="Print every event as a JSON line.")] = False,
    model: Annotated[str | None, typer.Option(help="Served model, nano, or replay:FILE.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    image: Annotated[str | None, typer.Option(help="Image to start from.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
    steps: Annotated[int | None, typer.Option(help="Most replies of the model.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens, read and written together.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Most seconds.")] = None,
) -> None:
    """The chat without a screen: one task in, an answer out. Standard input joins the task as its context."""
    from agent.run.command import run_task
    from agent.run.options import RunOptions

    flags: dict[str, object] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.image": image,
        "sandbox.backend": sandbox,
        "permission.mode": mode,
        "limits.steps": steps,
        "limits.tokens": tokens,
        "limits.seconds": seconds,
    }
    session = resume or ("last" if go_on else "")
    raise typer.Exit(run_task(RunOptions(task, repo, session, fork, apply, json, stream_json), flags))
