"""What attempts are made with. It goes to other machines as it is, so each part is made where it is used."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent.config.load import Loaded
from evals.grading.base import Grader
from evals.models.base import Models
from evals.models.open import open_models
from evals.running.base import Preparer
from evals.running.shelf import Shelf


@dataclass(frozen=True)
class Kit:
    """`tries` sandboxes work at each attempt, and the tests that the agent may see choose among their patches.
    `test_timeout_s` bounds each run of those tests. The functions must be importable by their names."""

    loaded: Loaded
    new_preparer: Callable[[Loaded], Preparer]
    new_grader: Callable[[Loaded], Grader]
    tries: int = 1
    test_timeout_s: float = 900.0


@dataclass(frozen=True)
class Bench:
    """A kit unpacked in one process, for one event loop."""

    kit: Kit
    models: Models
    shelf: Shelf
    grader: Grader
    folder: Path

    @classmethod
    def open(cls, kit: Kit, folder: Path) -> Self:
        """`folder` is for prepared instances; what an earlier process left there is removed. Raises ModelError and
        EvalError."""
        shutil.rmtree(folder, ignore_errors=True)
        return cls(
            kit=kit,
            models=open_models(kit.loaded),
            shelf=Shelf(kit.new_preparer(kit.loaded), folder),
            grader=kit.new_grader(kit.loaded),
            folder=folder,
        )

    async def close(self) -> None:
        await self.models.close()
        self.shelf.close()
