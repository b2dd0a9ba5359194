"""Works a diff out on a few files, away from the repository and byte for byte."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.delivery.entries import Entries, Entry, read_entries, write_entries
from sandbox.delivery.patch import PatchSummary, link_leads_out, refused_link
from sandbox.delivery.patched_file import LINK
from sandbox.workspace.gitdirs import exact_git, make_exact_git_dir
from sandbox.workspace.hostgit import GitFailed


class DoesNotFit(Exception):
    """A diff does not fit the files it was put on; the message is git's."""


def patched(patch: bytes, summary: PatchSummary, before: Entries) -> dict[str, Entry | None]:
    """What the paths of a checked diff hold after it, given what they hold before. Raises DoesNotFit, and
    PatchRefused for a link out of the repository that shows in the result alone, such as one that is moved."""
    if not summary.files:
        return {}
    with TemporaryDirectory(prefix="mimosa-patch-") as scratch:
        git_dir, files = Path(scratch) / "git", Path(scratch) / "files"
        files.mkdir()
        make_exact_git_dir(git_dir)
        write_entries(files, {path: entry for path, entry in before.items() if entry is not None})
        try:
            exact_git(git_dir, files).run("apply", "--whitespace=nowarn", "-", stdin=patch)
        except GitFailed as failure:
            raise DoesNotFit(failure.words) from failure
        after = read_entries(files, summary.paths)
    for path, entry in after.items():
        changed = entry != before.get(path)
        if changed and entry is not None and entry.mode == LINK and link_leads_out(path, entry.content):
            raise refused_link(path, entry.content)
    return after
