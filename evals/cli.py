"""`mimosa eval`: many issues in, honest numbers out. Everything heavy is imported by the command that needs
it."""

import typer

from evals.grading_cli import grade, predictions, validate
from evals.images_cli import images
from evals.mine_cli import mine
from evals.report_cli import export, report, rerun
from evals.run_cli import run

app = typer.Typer(help="Measure how well a model solves issues.", no_args_is_help=True)


@app.callback()
def evaluate() -> None:
    """Measure how well a model solves issues."""


for command in (run, report, rerun, export, grade, validate, predictions, mine):
    app.command()(command)
app.add_typer(images, name="images")
