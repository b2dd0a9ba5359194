"""A diff that came out of a sandbox: what is in it, and whether it may touch the user's files at all."""

from dataclasses import dataclass

from sandbox.delivery.patch_text import parse_patch
from sandbox.delivery.patched_file import GITLINK, LINK, Kind, PatchedFile
from sandbox.errors import PatchRefused
from sandbox.workspace.names import printable

__all__ = ["Kind", "PatchSummary", "PatchedFile", "check_patch", "inspect_patch", "link_leads_out", "refused_link"]

_FILE_MODES = (0o100644, 0o100755, LINK)


@dataclass(frozen=True)
class PatchSummary:
    """A whole diff; `additions` and `deletions` count lines of text files."""

    files: tuple[PatchedFile, ...]

    @property
    def additions(self) -> int:
        return sum(file.additions for file in self.files)

    @property
    def deletions(self) -> int:
        return sum(file.deletions for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the diff touches, each once, in order."""
        named = [path for file in self.files for path in (file.old_path, file.path) if path]
        return tuple(dict.fromkeys(named))


def inspect_patch(patch: bytes) -> PatchSummary:
    """What is in a diff as `git diff --binary --full-index` writes it. Raises PatchRefused if it is anything else:
    every line is accounted for, so that git cannot read a file into it that is not seen here."""
    return PatchSummary(parse_patch(patch))


def check_patch(patch: bytes) -> PatchSummary:
    """What is in a diff. Raises PatchRefused, naming the file, if it reaches out of the repository or into .git,
    puts a link there that does, or changes a submodule's commit."""
    summary = inspect_patch(patch)
    for file in summary.files:
        for path in (file.old_path, file.path):
            if path:
                _check_path(path)
        _check_modes(file)
        if file.target is not None and link_leads_out(file.path, file.target):
            raise refused_link(file.path, file.target)
    return summary


def link_leads_out(path: str, target: bytes) -> bool:
    """Whether a link at `path` could lead out of the repository, or into .git.

    Only leading `..` may be followed: a later one may come after another link, and what it means depends on that.
    """
    folders = path.encode("utf-8", errors="surrogateescape").split(b"/")[:-1]
    if target.startswith(b"/") or b"\n" in target or not target:
        return True
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    while parts and parts[0] == b"..":
        if not folders:
            return True
        folders.pop()
        parts.pop(0)
    return b".." in parts or any(_is_git(part) for part in folders + parts)


def refused_link(path: str, target: bytes) -> PatchRefused:
    where = printable(target.decode("utf-8", errors="surrogateescape"))
    return PatchRefused(
        f"the diff is refused: it makes {printable(path)} a link to {where}, which leads out of the repository"
    )


def _check_path(path: str) -> None:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        raise PatchRefused(f"the diff is refused: {printable(path)} lies outside of the repository")
    if any(part in ("", ".") for part in parts):
        raise PatchRefused(f"the diff is refused: {printable(path)} is no plain path")
    if any(_is_git(part.encode("utf-8", errors="surrogateescape")) for part in parts):
        raise PatchRefused(f"the diff is refused: {printable(path)} lies inside .git")


def _is_git(part: bytes) -> bool:
    # As a file system that ignores case, or dots and spaces at the end, would take it.
    return part.lower().rstrip(b" .") in (b".git", b"git~1")


def _check_modes(file: PatchedFile) -> None:
    modes = [mode for mode in (file.old_mode, file.new_mode) if mode]
    if GITLINK in modes:
        raise PatchRefused(f"the diff is refused: it changes the commit of the submodule {printable(file.path)}")
    strange = [mode for mode in modes if mode not in _FILE_MODES]
    if strange:
        raise PatchRefused(f"the diff is refused: {printable(file.path)} has the mode {strange[0]:o}")
    if len(modes) == 2 and (modes[0] == LINK) != (modes[1] == LINK):
        raise PatchRefused(f"the diff is refused: {printable(file.path)} turns from a file into a link, or back")
    if file.binary and LINK in modes:
        raise PatchRefused(f"the diff is refused: {printable(file.path)} is a link, and is not shown as text")
