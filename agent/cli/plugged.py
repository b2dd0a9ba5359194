"""Commands that other rooms bring: `agent` may not import `evals`, so whoever is installed is asked.

A distribution names its commands under the entry point group `mimosa.commands`, each the Typer app of a light
module; Mimosa's own `eval` is one of them.
"""

from importlib.metadata import entry_points

import typer

GROUP = "mimosa.commands"


def plug_in(app: typer.Typer) -> None:
    """Add every command that is plugged in."""
    for point in entry_points(group=GROUP):
        app.add_typer(point.load(), name=point.name)
