"""The first-parent line of a repository, newest first: what was merged, as its maintainers see it."""

import subprocess
from pathlib import Path

from evals.errors import EvalError
from evals.mining.base import Candidate

MOST_MERGED = 5
"""Commits of a merged branch whose messages are read."""

_FORMAT = "%H%x00%P%x00%ct%x00%B"


class Repository:
    """Reads a git repository, bare or not. Nothing that it configures is run."""

    def __init__(self, path: Path, name: str = "") -> None:
        """`name` is `owner/name`, "" to find it out. Raises EvalError if there is no repository at `path`."""
        self.path = path
        self._name = name
        if not path.is_dir():
            raise EvalError(f"There is no folder {path}. Give the path of a git repository.")
        try:
            self._git("rev-parse", "--git-dir")
        except EvalError as error:
            if "not a git repository" not in str(error):
                raise  # somebody else's, say: git tells what to do
            raise EvalError(f"{path} is no git repository.") from error

    @property
    def name(self) -> str:
        """As it was given, else `owner/name` as the remote's address ends, else the folder's name."""
        if self._name:
            return self._name
        try:
            address = self._git("config", "--get", "remote.origin.url").decode().strip()
        except EvalError:
            address = ""
        parts = [part for part in address.removesuffix(".git").replace(":", "/").split("/") if part]
        if "://" in address or "@" in address:
            return "/".join(parts[-2:])
        folder = self.path.resolve()
        return (folder.parent if folder.name == ".git" else folder).name.removesuffix(".git")

    @property
    def address(self) -> str:
        """What a row calls the repository: its given name, else the path of this one, so that a run finds it."""
        return self._name or str(self.path.resolve())

    def commits(self, since: str = "") -> list[str]:
        """Ids of the first-parent line, newest first; `since` is a date as git reads it."""
        newer = [f"--since={since}"] if since else []
        return self._git("rev-list", "--first-parent", *newer, "HEAD").decode().split()

    def candidate(self, commit: str) -> Candidate | None:
        """None for a commit without a parent."""
        told = self._git("show", "-s", f"--format={_FORMAT}", commit).decode(errors="replace")
        commit, parents, at, message = told.split("\0", 3)
        if not parents:
            return None
        parent, *merged = parents.split()
        diff = self._git("diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-renames", parent, commit)
        if merged:
            message += "\n\n" + self._merged_messages(parent, commit)
        return Candidate(commit, parent, int(at), message.strip(), diff)

    def _merged_messages(self, parent: str, commit: str) -> str:
        """A merge's own message is seldom more than a title: what was merged says what was wrong."""
        words = (
            "log",
            "--no-merges",
            "--reverse",
            f"--max-count={MOST_MERGED}",
            "--format=%B",
            f"{parent}..{commit}",
        )
        return self._git(*words).decode(errors="replace")

    def has_word(self, word: str, commit: str) -> bool:
        """Whether a file of `commit` holds `word` as a whole word."""
        return self._ends_well("grep", "--quiet", "--word-regexp", "--fixed-strings", "-e", word, commit)

    def check_out(self, commit: str, folder: Path) -> None:
        """Make `folder` a working tree at `commit`; a clone is made there first. Raises EvalError."""
        if not (folder / ".git").is_dir():
            self._git("clone", "--quiet", "--no-checkout", str(self.path.resolve()), str(folder.resolve()))
        inside = Repository(folder)
        inside._git("checkout", "--quiet", "--force", "--detach", commit)
        inside._git("clean", "-ffdxq")

    def _git(self, *words: str) -> bytes:
        done = self._run(words)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise EvalError(f"git {words[0]} failed in {self.path}: {said or f'exit {done.returncode}'}")
        return done.stdout

    def _ends_well(self, *words: str) -> bool:
        return self._run(words).returncode == 0

    def _run(self, words: tuple[str, ...]) -> "subprocess.CompletedProcess[bytes]":
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=true", "-C", str(self.path)]
        return subprocess.run([*command, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL)
