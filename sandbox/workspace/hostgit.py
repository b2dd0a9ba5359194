"""git on the host, over a repository that nobody has vouched for: nothing is run that its configuration names
(hooks, filters, monitors, external diffs, helpers, transports)."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError

_KEPT_VARIABLES = frozenset(
    {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES"}
)
"""All other GIT_ variables are dropped: started from a git hook, Mimosa would inherit another repository's."""

_QUIET: tuple[tuple[str, str], ...] = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.splitIndex", "false"),
    ("core.untrackedCache", "false"),
    ("core.sshCommand", "false"),
    ("core.askPass", ""),
    ("core.pager", "cat"),
    ("core.alternateRefsCommand", "true"),
    ("credential.helper", ""),
    ("commit.gpgSign", "false"),
    ("diff.external", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("index.sparse", "false"),
    ("log.showSignature", "false"),
    ("pack.packSizeLimit", "0"),
    ("protocol.allow", "never"),
    ("submodule.recurse", "false"),
)
_FILTER_KEYS = ("clean", "smudge", "process")


class GitFailed(RepositoryError):
    """A git command on the host failed; `words` is what it said."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], words: str) -> None:
        self.words = words
        super().__init__(f"git {arguments[0]} failed in {folder}: {words or 'it gave no reason'}")


@dataclass(frozen=True)
class HostGit:
    """Runs git in `folder`. `filters` are the names of the filter drivers that were switched off; `environment` is
    added to every run, for instance GIT_DIR to work with another repository's store."""

    folder: Path
    filters: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: tuple[int, ...] = (0,),
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """The standard output of `git ARGUMENTS`. Raises GitFailed on an exit code that is not in `accept`."""
        done = subprocess.run(
            [_git_program(), *arguments],
            cwd=self.folder,
            input=stdin,
            env=self._variables(environment or {}),
            capture_output=True,
            check=False,
        )
        if done.returncode not in accept:
            words = done.stderr.decode("utf-8", errors="replace").strip()
            raise GitFailed(self.folder, arguments, words)
        return done.stdout

    def ask(self, *arguments: str) -> str:
        """One line of answer, "" where git says with exit code 1 that there is none."""
        return os.fsdecode(self.run(*arguments, accept=(0, 1)).removesuffix(b"\n"))

    def _variables(self, extra: Mapping[str, str]) -> dict[str, str]:
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name in _KEPT_VARIABLES
        }
        settings = [*_QUIET]
        for name in self.filters:
            settings += [(f"filter.{name}.{key}", "") for key in _FILTER_KEYS]
            settings.append((f"filter.{name}.required", "false"))
        # git refuses to look for the user's own settings where HOME is not set, as under cron or systemd.
        variables.setdefault("HOME", os.fspath(home_folder()))
        variables["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings):
            variables[f"GIT_CONFIG_KEY_{number}"] = key
            variables[f"GIT_CONFIG_VALUE_{number}"] = value
        variables |= {
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
        }
        return variables | dict(self.environment) | dict(extra)


def home_folder() -> Path:
    """The user's home; a folder that is not there for a user whom the system does not know."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def host_git(folder: Path) -> HostGit:
    """A HostGit for the repository around `folder`, with its filter drivers switched off one by one: git has no
    switch for all of them."""
    listed = HostGit(folder).run("config", "--null", "--name-only", "--get-regexp", r"^filter\.", accept=(0, 1))
    keys = {os.fsdecode(key) for key in listed.split(b"\0") if key}
    names = {key.removeprefix("filter.").rpartition(".")[0] for key in keys}
    return HostGit(folder, filters=tuple(sorted(names - {""})))


def _git_program() -> str:
    program = shutil.which("git")
    if program is None:
        raise RepositoryError("git is not installed; install it (on Debian: apt-get install git) and try again")
    return program
