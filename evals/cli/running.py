"""`mimosa eval run`."""

from pathlib import Path
from typing import Annotated

import typer

from evals.cli.options import Wheelhouse


def run(
    dataset: Annotated[
        str, typer.Argument(help="A file or a directory of instances, or a public set: swe-bench-verified, …")
    ] = "",
    model: Annotated[str | None, typer.Option(help="Served model, nano, gold, null, or replay:PATH.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Root of a chat-completions endpoint.")] = None,
    profile: Annotated[str | None, typer.Option(help="How the model wants to be spoken to.")] = None,
    repos: Annotated[Path | None, typer.Option(help="Folder with clones or bundles of the repositories.")] = None,
    wheelhouse: Wheelhouse = None,
    ids: Annotated[str, typer.Option(help="Only these instances: ids with commas between them.")] = "",
    filter: Annotated[str, typer.Option(help="Only ids in which this regular expression occurs.")] = "",
    slice: Annotated[str, typer.Option(help="A part of them, as in Python: 5:10, :20, ::3.")] = "",
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Shuffle them before the slice is taken.")] = False,
    seed: Annotated[int, typer.Option(help="Of the shuffle.")] = 0,
    samples: Annotated[int, typer.Option(min=1, help="Independent tries at each, all graded: pass@k.")] = 1,
    attempts: Annotated[int, typer.Option(min=1, max=16, help="Sandboxes a try; its visible tests choose.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Attempts at a time; 0 measures what fits.")] = 0,
    ray: Annotated[str, typer.Option(help="Work on the Ray cluster at this address, or `auto`.")] = "",
    sandbox: Annotated[str | None, typer.Option(help="docker, or local: no isolation at all.")] = None,
    steps: Annotated[int | None, typer.Option(help="Most replies of the model in an attempt.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Most tokens in an attempt, read and written.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Most seconds of an attempt.")] = None,
    run_tokens: Annotated[int, typer.Option(min=0, help="Begin nothing new past so many in all.")] = 0,
    run_gpu_seconds: Annotated[float, typer.Option(min=0, help="The same, GPUs times seconds of waiting.")] = 0,
    run_cost: Annotated[float, typer.Option(min=0, help="The same, in the currency of --prices.")] = 0,
    run_hours: Annotated[float, typer.Option(min=0, help="The same, hours from the start.")] = 0,
    prices: Annotated[str, typer.Option(help="A million tokens: READ,WRITTEN or READ,CACHED,WRITTEN.")] = "",
    gpu_hour: Annotated[float, typer.Option(min=0, help="Price of an hour of one GPU.")] = 0,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs that hold the model; 0 asks the server.")] = 0,
    allow_hosts: Annotated[str, typer.Option(help="Hosts that agents may reach, with commas between them.")] = "",
    task_hosts: Annotated[
        bool, typer.Option("--task-hosts", help="Let each instance reach the hosts that it names itself.")
    ] = False,
    grade: Annotated[bool, typer.Option("--grade/--no-grade", help="Grade each patch as it comes.")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder of the run.")] = None,
    resume: Annotated[str, typer.Option(help="Go on with a run: its folder, its id, or `last`.")] = "",
) -> None:
    """Let a model work on many issues, and grade its patches. Stop it as you like: --resume goes on."""
    from agent.commands.guard import told
    from evals.commands.run import RunOptions, run_eval
    from evals.instances.selection import Selection
    from evals.running.budget import Prices, RunLimits
    from evals.running.network import Grant
    from evals.running.parts import standard_parts
    from evals.running.request import RunRequest

    flags: dict[str, str | int | float | None] = {
        "model.name": model,
        "model.base_url": base_url,
        "model.profile": profile,
        "sandbox.backend": sandbox,
        "limits.steps": steps,
        "limits.tokens": tokens,
        "limits.seconds": seconds,
    }
    with told():
        priced = Prices.parse(prices, gpu_hour)
        network = Grant.parse(allow_hosts, task_hosts=task_hosts)
    request = RunRequest(
        dataset=dataset,
        repos=repos.expanduser().absolute() if repos is not None else None,
        wheelhouse=wheelhouse.expanduser().absolute() if wheelhouse is not None else None,
        selection=Selection(
            ids=tuple(id_ for part in ids.split(",") if (id_ := part.strip())),
            filter=filter,
            shuffle=shuffle,
            seed=seed,
            slice=slice,
        ),
        samples=samples,
        tries=attempts,
        grade=grade,
        limits=RunLimits(tokens=run_tokens, gpu_seconds=run_gpu_seconds, money=run_cost, hours=run_hours),
        prices=priced,
        gpus=gpus,
        workers=workers,
        ray=ray,
        network=network,
        flags={name: value for name, value in flags.items() if value is not None},
    )
    raise typer.Exit(run_eval(RunOptions(request, resume, output), standard_parts))
