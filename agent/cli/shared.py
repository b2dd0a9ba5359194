"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Repo = Annotated[Path, typer.Option(help="A folder in the git repository to work on.", show_default="here")]
HERE = Path()
