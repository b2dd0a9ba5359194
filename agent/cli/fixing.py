"""`mimosa fix`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.shared import HERE, Repo


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
    model: Annotated[str | None, typer.Option(help="Served model, nano, or replay:FILE.")] = None,
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
