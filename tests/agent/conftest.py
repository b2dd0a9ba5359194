from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.local import LocalSandbox
from tools.standard import standard_tools
from tools.toolbox import Toolbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[LocalSandbox]:
    """A started local sandbox with an empty workspace."""
    place = LocalSandbox(tmp_path / "sandbox")
    await place.start()
    yield place
    await place.close()


@pytest.fixture
def toolbox(sandbox: LocalSandbox) -> Toolbox:
    return Toolbox(standard_tools(), sandbox)
