"""`mimosa eval`: many issues in, honest numbers out. Everything heavy is imported by the command that needs
it."""

import typer

from evals.cli.grading import grade, predictions, validate
from evals.cli.images import images
from evals.cli.mining import mine
from evals.cli.reporting import export, report, rerun
from evals.cli.running import run

app = typer.Typer(help="Measure how well a model solves issues.", no_args_is_help=True)


@app.callback()
def evaluate() -> None:
    """Measure how well a model solves issues."""


for command in (run, report, rerun, export, grade, validate, predictions, mine):
    app.command()(command)
app.add_typer(images, name="images")
