"""What attempts are made with. It goes to other machines as it is, so each part is made where it is used."""

import asyncio
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
from evals.running.blocking import in_thread
from evals.running.network import Grant
from evals.running.removals import Removals
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
    network: Grant = Grant()


class Bench:
    """A kit unpacked in one process, for one event loop."""

    def __init__(self, kit: Kit, models: Models, shelf: Shelf) -> None:
        self.kit = kit
        self.models = models
        self.shelf = shelf
        self.removals = Removals()
        self._grader: Grader | None = None
        self._making = asyncio.Lock()

    @classmethod
    async def open(cls, kit: Kit, folder: Path) -> Self:
        """`folder` is for prepared instances; what an earlier process left in it is removed. Raises
        MIMOSA_ERRORS."""
        shutil.rmtree(folder, ignore_errors=True)
        preparer = await in_thread(lambda: kit.new_preparer(kit.loaded))
        return cls(kit, open_models(kit.loaded), Shelf(preparer, folder))

    async def grader(self) -> Grader:
        """Made when the first patch is to be graded: many a run needs none. Raises MIMOSA_ERRORS."""
        async with self._making:
            if self._grader is None:
                self._grader = await in_thread(lambda: self.kit.new_grader(self.kit.loaded))
            return self._grader

    async def close(self) -> None:
        await self.removals.finish()
        await self.models.close()
        self.shelf.close()
