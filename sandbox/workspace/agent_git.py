"""The `.git` that the agent finds in its workspace: the user's HEAD and newest commits, nothing else of theirs.

No remotes, tags, stashes, reflogs, hooks or identities. Its objects lie in Mimosa's own store, as an alternate.
"""

import os
from pathlib import Path

from sandbox.workspace.gitdirs import make_git_dir
from sandbox.workspace.hostgit import home_folder
from sandbox.workspace.repository import Repository

ALTERNATE = "../../../mimosa/store.git/objects"
"""Seen from workspace/.git/objects, wherever the archive is unpacked."""

_PASSED_ON = {
    "core.autocrlf": {"true", "false", "input"},
    "core.eol": {"lf", "crlf", "native"},
    "core.filemode": {"true", "false"},
}
_REST_OF_SETTINGS = """\
	logAllRefUpdates = true
[user]
	name = Mimosa
	email = mimosa@localhost
[gc]
	auto = 0
[advice]
	detachedHead = false
"""


def make_agent_git_dir(repository: Repository, folder: Path, cut: tuple[str, ...]) -> None:
    """Write the git directory, all but its index. `cut` are the commits whose parents stay behind."""
    make_git_dir(folder, _settings(repository), repository.object_format)
    (folder / "objects" / "info" / "alternates").write_text(f"{ALTERNATE}\n")
    (folder / "info" / "exclude").write_bytes(user_excludes(repository))
    (folder / "info" / "attributes").write_bytes(_plain_bytes(repository.common_dir / "info" / "attributes"))
    if cut:
        (folder / "shallow").write_text("".join(f"{commit}\n" for commit in cut))
    if repository.head and repository.branch:
        (folder / "packed-refs").write_text(f"{repository.head} refs/heads/{repository.branch}\n")
    at = f"ref: refs/heads/{repository.branch}" if repository.branch else repository.head
    (folder / "HEAD").write_text(f"{at}\n")


def user_excludes(repository: Repository) -> bytes:
    """What the user ignores beside the .gitignore files. Only their own settings may name a file to read."""
    named = repository.git.ask("config", "--global", "--path", "--get", "core.excludesFile")
    settings = os.environ.get("XDG_CONFIG_HOME") or home_folder() / ".config"
    globally = Path(named) if named else Path(settings) / "git" / "ignore"
    texts = [_plain_bytes(globally), _plain_bytes(repository.common_dir / "info" / "exclude")]
    return b"".join(text.rstrip(b"\n") + b"\n" for text in texts if text)


def _settings(repository: Repository) -> str:
    keys = r"^core\.(autocrlf|eol|filemode)$"
    output = repository.git.run("config", "--null", "--get-regexp", keys, accept=(0, 1))
    lines = []
    for record in os.fsdecode(output).split("\0")[:-1]:
        key, _, value = record.partition("\n")
        if value.lower() in _PASSED_ON.get(key, ()):
            lines.append(f"\t{key.removeprefix('core.')} = {value}\n")
    return "".join(lines) + _REST_OF_SETTINGS


def _plain_bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""
