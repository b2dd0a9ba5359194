"""Where Mimosa keeps what has to last: sessions, and the servers it started."""

import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """$MIMOSA_STATE_DIR, else $XDG_STATE_HOME/mimosa, else ~/.local/state/mimosa."""
    if own := environment.get("MIMOSA_STATE_DIR"):
        return Path(own).expanduser()
    if state := environment.get("XDG_STATE_HOME"):
        return Path(state) / "mimosa"
    return Path.home() / ".local" / "state" / "mimosa"


def servers_folder() -> Path:
    """The state of the model servers that `mimosa serve` started."""
    return state_folder() / "servers"
