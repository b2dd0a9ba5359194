"""AGENTS.md: what people write down for agents; the user's own, the repository's, then its folders'."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.inside import OutsideTree, read_inside
from agent.knowledge.found import files_named
from sandbox.workspace.repository import Repository


@dataclass(frozen=True)
class Instructions:
    """One file. `path` as the model reads it: relative to the repository, or a name for the user's own. `scope` is
    the folder that it is about, "" for everything. `size` is the file's in bytes; `text` is its beginning if it is
    `cut`."""

    path: str
    scope: str
    text: str
    size: int
    cut: bool = False


@dataclass(frozen=True)
class Gathered:
    """Those that are in the head, those for which there was no room (by path), and what is to be told."""

    files: tuple[Instructions, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def gather_instructions(repository: Repository, own: Path, names: Sequence[str], most: int) -> Gathered:
    """Read the files called one of `names` (of several in a folder the first counts), at most `most` bytes of all
    together. `own` is the folder of the user's own. Raises RepositoryError."""
    files: list[Instructions] = []
    left_out: list[str] = []
    notes: list[str] = []
    room = most
    for root, path, shown, scope in _candidates(repository, own, names):
        if room <= 0:
            left_out.append(shown)
            continue
        try:
            read = read_inside(root, path, room)
        except (OSError, OutsideTree) as error:
            notes.append(f"{shown} is not read: {error}")
            continue
        if not read.text.strip():
            continue
        room -= len(read.text.encode())
        if read.cut:
            room = 0
            notes.append(f"{shown} is cut: all instructions together may have {most / 1000:g} kB")
        files.append(Instructions(shown, scope, read.text.strip(), read.size, read.cut))
    if left_out:
        notes.append(f"no room for {', '.join(left_out)}: all instructions may have {most / 1000:g} kB")
    return Gathered(tuple(files), tuple(left_out), tuple(notes))


def _candidates(repository: Repository, own: Path, names: Sequence[str]) -> list[tuple[Path, str, str, str]]:
    """(root, path below it, path as shown, the folder it is about)."""
    found: list[tuple[Path, str, str, str]] = []
    mine = next((name for name in names if (own / name).is_file()), None)
    if mine is not None:
        # The user's own file may be a link to wherever the user keeps it.
        real = (own / mine).resolve()
        found.append((real.parent, real.name, f"the user's own {mine}", ""))
    best: dict[str, str] = {}
    for path in files_named(repository, [f"**/{name}" for name in names]):
        folder, _, name = path.rpartition("/")
        if folder not in best or names.index(name) < names.index(best[folder]):
            best[folder] = name
    for folder, name in best.items():
        path = f"{folder}/{name}" if folder else name
        found.append((repository.root, path, path, folder))
    return found
