"""`mimosa eval rerun`: the run of a manifest once more."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.commands.guard import told
from agent.export.words import plural
from agent.state import state_folder
from evals.commands.run import RunOptions, run_eval
from evals.manifest import Manifest, read_manifest
from evals.manifest.again import request_of
from evals.manifest.differences import Difference, differences
from evals.running.parts import standard_parts
from evals.running.reading import find_run

DIFFERENT = 3


def run_rerun(name: str, output: Path | None, *, check: bool) -> int:
    """Tell what has changed since, then make the run again. With `check` nothing is run, and the exit code is 3
    where a difference could change a result. `name` is a manifest's file, a run's folder or its id."""
    with told():
        file = _file(name)
        manifest = read_manifest(file)
        request, other_rows = request_of(manifest, file)
        found = (*other_rows, *differences(manifest))
        _tell(Console(stderr=True, highlight=False), manifest, found)
        if check:
            return DIFFERENT if any(one.decisive for one in found) else 0
    return run_eval(RunOptions(request, output=output), standard_parts)


def _file(name: str) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    if path.is_dir():
        return path / "manifest.json"
    return find_run(name, state_folder() / "runs").manifest


def _tell(console: Console, manifest: Manifest, found: Sequence[Difference]) -> None:
    rows = f"{plural(manifest.dataset.instances, 'instance')} of {manifest.dataset.name}"
    console.print(f"{manifest.run}: {rows} with {manifest.model.name}", markup=False, soft_wrap=True)
    if not found:
        console.print("nothing has changed since: rows, prompts, tools, packages, machine")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("changed since", "then", "now", ""):
        table.add_column(column)
    for one in found:
        weight = "can change a result" if one.decisive else ""
        table.add_row(*map(Text, (one.what, one.then, one.now, weight)))
    console.print(table)
