"""Options that several commands share, and what they come to."""

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(help="A file or a directory of instances, or a public set's name.")]
RunName = Annotated[str, typer.Argument(help="A run: its folder, its id, or `last`.")]
Repos = Annotated[Path | None, typer.Option(help="Folder with clones or bundles of the repositories.")]
Wheelhouse = Annotated[Path | None, typer.Option(help="Folder of wheels to install from, without a network.")]
Ids = Annotated[str, typer.Option(help="Only these instances: ids with commas between them.")]
Filter = Annotated[str, typer.Option(help="Only ids in which this regular expression occurs.")]
Slice = Annotated[str, typer.Option(help="A part of them, as in Python: 5:10, :20, ::3.")]
