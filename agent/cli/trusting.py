"""`mimosa trust`."""

from typing import Annotated, Literal

import typer

from agent.cli.shared import HERE, Repo


def trust(
    repo: Repo = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="It is trusted.")] = False,
    no: Annotated[bool, typer.Option("--no", help="It is not.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Ask again the next time.")] = False,
) -> None:
    """Say whether a repository's own hooks, servers, commands and skills count; shows what it brings."""
    from agent.commands.trust import run_trust

    if yes + no + forget > 1:
        raise typer.BadParameter("give one of --yes, --no and --forget")
    answer: Literal["yes", "no", "forget"] | None = "yes" if yes else "no" if no else "forget" if forget else None
    raise typer.Exit(run_trust(repo, answer))
