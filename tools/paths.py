"""Which file a path in a call means, seen from inside the sandbox."""

import posixpath
import shlex
from dataclasses import dataclass

from sandbox.base import Sandbox

# Follows links as the kernel would, without realpath's `-m`, which small images lack: climb to the nearest
# ancestor that exists, resolve that, and put the rest back. In a subshell, so that the model's own shell state
# does not change.
RESOLVE = """(
PATH=/usr/local/bin:/usr/bin:/bin
cd /
p={path}; rest=
while [ ! -e "$p" ] && [ ! -L "$p" ]; do rest="/${{p##*/}}$rest"; p="${{p%/*}}"; [ -n "$p" ] || p=/; done
printf '%s\\n' "$(command readlink -f -- {workspace})" "$(command readlink -f -- "$p")" "$rest"
if [ -n "$rest" ] && [ ! -d "$p" ]; then echo blocked; elif [ -n "$rest" ]; then echo missing
elif [ -d "$p" ]; then echo folder; elif [ -f "$p" ]; then {{ command wc -c <"$p"; }} 2>/dev/null || echo 0
elif [ -e "$p" ]; then echo special; else echo missing; fi
)"""

# The folder's own files by name, a line `//`, then all files with a similar name by path.
SIMILAR = """(
PATH=/usr/local/bin:/usr/bin:/bin
cd {workspace} && {{
command ls -Ap -- {folder} | command grep -v '/$' | head -n 500
echo //
command find . '(' -name .git -o -name node_modules ')' -prune -o -type f -iname {pattern} -print | head -n 500
}} 2>/dev/null
)"""
LIKE_ENOUGH = 0.6
# Source files are far smaller; an edit holds the whole file in memory a few times. In bytes.
LARGEST = 20_000_000
MOST_SUGGESTIONS = 5


class PathRefused(Exception):
    """A tool cannot use this path; the text is for the model."""


@dataclass(frozen=True)
class Location:
    """`real` is the absolute path with all links followed; `shown` the one relative to the workspace."""

    real: str
    shown: str
    exists: bool


async def locate(sandbox: Sandbox, path: str) -> Location:
    """Find the regular file that `path` means, or the place where it would be. Relative paths are from the
    workspace. Raises PathRefused for folders, devices and all that is outside of the workspace."""
    if not path.strip() or any(character < " " for character in path):
        raise PathRefused(f"{path!r} is not the path of a file.")
    plain = posixpath.normpath(posixpath.join(sandbox.workspace, path))
    command = RESOLVE.format(workspace=shlex.quote(sandbox.workspace), path=shlex.quote(plain))
    result = await sandbox.run(command, timeout=60)
    lines = result.output.split("\n")
    if result.exit_code != 0 or len(lines) != 5:
        raise PathRefused(f"{path} could not be looked up: {result.output.strip() or result.note}")
    workspace, found, rest, kind = *lines[:3], lines[3].strip()
    if not found:
        raise PathRefused(f"{path} is a symbolic link that leads nowhere.")
    real = (found.rstrip("/") if rest else found) + rest
    if real == workspace or kind == "folder":
        raise PathRefused(f"{path} is a folder, not a file.")
    if not real.startswith(workspace.rstrip("/") + "/"):
        leads = "" if real == plain else f" (it leads to {real})"
        raise PathRefused(
            f"{path} is outside of the workspace {workspace}{leads}. Only files in the workspace can be edited."
        )
    if ".git" in posixpath.relpath(real, workspace).split("/"):
        raise PathRefused(f"{path} belongs to git itself; change it with git's commands, through bash.")
    if kind == "blocked":
        raise PathRefused(f"{path} cannot be: {posixpath.relpath(found, workspace)} is a file, not a folder.")
    if kind == "special":
        raise PathRefused(f"{path} is neither a file nor a folder; it cannot be edited.")
    if kind.isdigit() and int(kind) > LARGEST:
        raise PathRefused(f"{path} has {int(kind) / 1e6:.0f} MB, too many for this tool; change it with bash.")
    return Location(real, posixpath.relpath(real, workspace), kind != "missing")


async def similar_paths(sandbox: Sandbox, location: Location) -> list[str]:
    """Files of the workspace with a name like that of a missing one, the likeliest first."""
    folder, name = posixpath.split(location.shown)
    stem = "".join(character if character.isalnum() else "?" for character in name.split(".")[0] or name)
    command = SIMILAR.format(
        workspace=shlex.quote(sandbox.workspace),
        folder=shlex.quote(folder or "."),
        pattern=shlex.quote(f"*{stem}*"),
    )
    output = (await sandbox.run(command, timeout=10)).output
    beside, _, elsewhere = output.partition("//\n")
    paths = [posixpath.join(folder, line) for line in beside.splitlines()]
    paths += [line.removeprefix("./") for line in elsewhere.splitlines()]
    ranked = sorted(((_likeness(path, location.shown), path) for path in set(paths)), reverse=True)
    least = max([LIKE_ENOUGH, *(likeness - 0.1 for likeness, _ in ranked[:1])])
    return [path for likeness, path in ranked if likeness >= least][:MOST_SUGGESTIONS]


def _likeness(path: str, wanted: str) -> float:
    """0 to 1.1: how alike the names are, and a little for the folders."""
    from difflib import SequenceMatcher

    names = SequenceMatcher(None, posixpath.basename(path), posixpath.basename(wanted)).ratio()
    return names + SequenceMatcher(None, path, wanted).ratio() / 10
