"""Files of a repository by name, as git sees its working tree: what is ignored does not come into the sandbox."""

import os
from collections.abc import Sequence

from sandbox.workspace.repository import Repository
from sandbox.workspace.worktree import is_plain_path


def files_named(repository: Repository, patterns: Sequence[str]) -> list[str]:
    """Paths, relative to the root, that fit one of git's glob patterns (`**/AGENTS.md`): the shallow ones first.
    Raises RepositoryError."""
    if not patterns:
        return []
    globs = [f":(top,glob){pattern}" for pattern in patterns]
    output = repository.git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *globs)
    paths = {path for path in os.fsdecode(output).split("\0")[:-1] if is_plain_path(path)}
    return sorted(paths, key=lambda path: (path.count("/"), path))
