"""`mimosa eval rerun`: the run of a manifest once more."""

import os
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.commands.guard import told
from agent.state import state_folder
from evals.errors import EvalError
from evals.manifest import Manifest, read_manifest
from evals.manifest.differences import Difference, differences
from evals.running.reading import find_run

DIFFERENT = 3
ONCE = ("--output", "-o", "--resume")
"""Options of the first run that say where it lies, and not how it is made."""


def run_rerun(name: str, app: typer.Typer, *, check: bool) -> int:
    """Tell what has changed since, then type the run's words again in `app`. With `check` nothing is run, and the
    exit code is 3 where a difference could change a verdict. `name` is a manifest's file, a run's folder or id."""
    with told():
        manifest = _manifest(name)
        found = differences(manifest)
        _tell(Console(stderr=True, highlight=False), manifest, found)
        if check:
            return DIFFERENT if any(one.decisive for one in found) else 0
        _go_there(manifest)
    done = app(["run", *words_of(manifest)], prog_name="mimosa eval", standalone_mode=False)
    return done if isinstance(done, int) else 0


def words_of(manifest: Manifest) -> list[str]:
    """What is typed after `mimosa eval run`, without where the first run lies."""
    words: list[str] = []
    skip = False
    for word in manifest.arguments:
        if skip:
            skip = False
        elif word in ONCE:
            skip = True
        elif not word.startswith(tuple(f"{option}=" for option in ONCE)):
            words.append(word)
    return words


def _manifest(name: str) -> Manifest:
    path = Path(name)
    if path.exists():
        return read_manifest(path)
    return read_manifest(find_run(name, state_folder() / "runs").manifest)


def _go_there(manifest: Manifest) -> None:
    """The words may name files from where they were typed."""
    try:
        os.chdir(manifest.directory)
    except OSError as error:
        raise EvalError(
            f"The run was started in {manifest.directory}, which cannot be entered: {error.strerror}. "
            "Bring its files there, or start a new run with `mimosa eval run`."
        ) from error


def _tell(console: Console, manifest: Manifest, found: Sequence[Difference]) -> None:
    console.print(f"{manifest.run}: mimosa eval run {' '.join(words_of(manifest))}", markup=False)
    if not found:
        console.print("nothing has changed since: prompts, tools, packages, machine")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("changed since", "then", "now", ""):
        table.add_column(column)
    for one in found:
        weight = "can change a result" if one.decisive else ""
        table.add_row(*map(Text, (one.what, one.then, one.now, weight)))
    console.print(table)
