"""`mimosa config`: every setting, and where it came from."""

import os
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.config import config_json, config_table, load_settings
from sandbox.errors import RepositoryError
from sandbox.workspace.repository import open_repository


def run_config(folder: Path, *, json: bool) -> int:
    with told():
        loaded = load_settings(repository_root(folder), os.environ)
        if json:
            print(config_json(loaded))
        else:
            Console().print(config_table(loaded))
    return 0


def repository_root(folder: Path) -> Path | None:
    """The top folder of the repository around `folder`, None outside any."""
    try:
        return open_repository(folder).root
    except RepositoryError:
        return None
