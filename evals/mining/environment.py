"""Where the tests of a commit run: the project's environment as it is found, with a pytest of the commit's time.

A project that names no version of pytest gets the newest from pip, and an old project does not run with it.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.config.settings import SandboxSettings
from agent.place import ARCHIVE, Place
from sandbox.container.options import agent_gid, agent_uid
from sandbox.errors import EnvironmentFailed
from sandbox.images.engine import ensure_engine
from sandbox.images.environment import find_environment
from sandbox.images.environments.base import Environment
from sandbox.images.environments.base import SandboxSettings as EnvironmentSettings
from sandbox.images.image import prepare_base, prepare_image
from sandbox.progress import Report
from sandbox.workspace.snapshot import take_snapshot

PYTEST_RELEASES = ((8, datetime(2024, 1, 27, tzinfo=UTC)), (9, datetime(2025, 11, 5, tzinfo=UTC)))
"""The day of each major release that broke projects; the oldest that today's Python runs is 7."""


def prepare(tree: Path, at: int, settings: SandboxSettings, folder: Path, report: Report) -> Place:
    """The place for the working tree of a commit made at Unix time `at`. Blocks, for minutes where an image has to
    be made. Raises SandboxError."""
    local = settings.backend == "local"
    uid, gid = (os.geteuid(), os.getegid()) if local else (agent_uid(), agent_gid())
    snapshot = take_snapshot(tree, folder / ARCHIVE, uid=uid, gid=gid, history=1)
    wanted = EnvironmentSettings(settings.image, settings.dockerfile, settings.setup, settings.test)
    environment = of_its_time(find_environment(tree, wanted), at)
    command = environment.test_command or ""
    if "pytest" not in command:
        told = f"its tests run with {command!r}" if command else "nobody knows how its tests are run"
        raise EnvironmentFailed(f"Mining reads what pytest prints, and {told}; name a pytest command with --test.")
    image, variables = "", environment.variables
    if not local:
        client = ensure_engine(report)
        base = prepare_base(client, environment, snapshot.archive, report)
        prepared = prepare_image(client, environment, base, snapshot.archive, uid=uid, gid=gid, report=report)
        image, variables = prepared.name, prepared.variables
    return Place(
        backend=settings.backend,
        snapshot=snapshot,
        image=image,
        variables=variables,
        test_command=command,
        why=environment.why,
        notes=environment.notes,
    )


def of_its_time(environment: Environment, at: int) -> Environment:
    """The environment with pytest held below the first major release that came after the commit."""
    when = datetime.fromtimestamp(at, UTC)
    later = next((major for major, released in PYTEST_RELEASES if when < released), None)
    if later is None or not environment.setup or "pytest" not in environment.setup[-1]:
        return environment
    return replace(environment, setup=(*environment.setup, f"python -m pip install 'pytest<{later}'"))
