"""The steps of a setup: the repository goes in, its commands run, and what is not their product goes out again."""

import os
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from sandbox.errors import EnvironmentFailed
from sandbox.images.environments.base import Environment
from sandbox.images.host_settings import host_settings, inside
from sandbox.images.setup_container import OWN_FOLDER, SetupContainer
from sandbox.progress import Progress, Report
from sandbox.workspace.snapshot import STORE_MEMBER, WORKSPACE_MEMBER

PHASE = "setup"
WORKSPACE = f"/{WORKSPACE_MEMBER}"
HOME = "/home/mimosa"
OWNED = (WORKSPACE, HOME, "/opt/venv")
"""What the sandbox's user may write, where it is there."""


def run_setup(
    container: SetupContainer,
    environment: Environment,
    archive: Path,
    variables: Mapping[str, str],
    report: Report,
) -> None:
    total = len(environment.setup)
    report(Progress(PHASE, "copying the repository", 0, total))
    container.run(f"mkdir -p {WORKSPACE} {HOME} {OWN_FOLDER}")
    with archive.open("rb") as tar:
        container.put(tar)
    all_variables = {**setup_variables(container, report), **variables}
    for number, command in enumerate(environment.setup):
        report(Progress(PHASE, command, number, total))
        try:
            container.run(
                command,
                folder=WORKSPACE,
                variables=all_variables,
                watch=partial(_report_line, report, Progress(PHASE, command, number, total)),
            )
        except EnvironmentFailed as error:
            raise EnvironmentFailed(
                "The environment could not be set up; say how it is done with `setup` under [sandbox] "
                'in .mimosa/config.toml (["true"] for not at all). '
                f"Command {number + 1} of {total}, {error}"
            ) from error


def _report_line(report: Report, step: Progress, line: str) -> None:
    report(replace(step, detail=line))


def setup_variables(container: SetupContainer, report: Report) -> dict[str, str]:
    """Variables for the setup alone. They are given to each command, so that none stays in the image."""
    settings = host_settings(os.environ)
    for name in settings.withheld:
        report(Progress(PHASE, f"{name} holds a password and is not given to the setup"))
    bundle = container.put_file("ca.crt", settings.ca_bundle.read_bytes()) if settings.ca_bundle else ""
    return {
        "HOME": HOME,
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "NPM_CONFIG_CACHE": f"{OWN_FOLDER}/npm",
        # The workspace belongs to the sandbox's user and the setup is root: git would refuse to read it.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        **inside(settings, bundle),
    }


def tidy(container: SetupContainer, archive: Path, uid: int, gid: int) -> None:
    """Take the repository's own files out again, and give what is left to the sandbox's user."""
    files, folders = _members(archive)
    file_list = container.put_file("files", b"".join(files))
    folder_list = container.put_file("folders", b"".join(folders))
    container.run(f"xargs -0 rm -f -- < {file_list}; rm -rf {WORKSPACE}/.git")
    # A folder with products in it stays, and that is no error.
    container.run(f"xargs -0 rmdir -- < {folder_list} 2>/dev/null || true")
    container.run(f'for path in {" ".join(OWNED)}; do [ ! -e "$path" ] || chown -hR {uid}:{gid} "$path"; done')
    # Until here the store had to be there: the workspace's .git takes its objects from it.
    container.run(f"rm -rf {OWN_FOLDER} /{STORE_MEMBER}; rmdir /{PurePosixPath(STORE_MEMBER).parent}")


def _members(archive: Path) -> tuple[list[bytes], list[bytes]]:
    """Files and folders of the snapshot's workspace: absolute, each ended by NUL, the deepest folders first."""
    files: list[bytes] = []
    folders: list[bytes] = []
    with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            name = member.name.rstrip("/")
            if name.startswith((f"{WORKSPACE_MEMBER}/.git/", f"{STORE_MEMBER}/")) or name == WORKSPACE_MEMBER:
                continue
            if name.startswith(f"{WORKSPACE_MEMBER}/"):
                (folders if member.isdir() else files).append(f"/{name}\0".encode("utf-8", "surrogateescape"))
    return files, sorted(folders, key=lambda name: name.count(b"/"), reverse=True)
