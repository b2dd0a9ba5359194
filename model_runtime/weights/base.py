"""What a fetch is about: the files of one revision of a repository, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass

from model_runtime.errors import ModelError


class FetchFailed(ModelError):
    """A download or a check did not come to a good end; what is whole is kept."""

    exit_code = 1


class HubAway(FetchFailed):
    """The network or the hub does not answer: worth trying again."""

    exit_code = 75


class NoSuchModel(FetchFailed):
    """There is no such repository or revision, or it is closed."""

    exit_code = 2


@dataclass(frozen=True)
class RemoteFile:
    """size: bytes. sha256: of a large file; git_sha1: of a small one, as git names its blobs. "" if not known."""

    name: str
    size: int
    sha256: str = ""
    git_sha1: str = ""

    @property
    def digest(self) -> str:
        return self.sha256 or self.git_sha1


@dataclass(frozen=True)
class Listing:
    """The files of `repository` at `commit`, which `revision` named: a branch, a tag, or the commit itself."""

    repository: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Moved:
    """`count` more bytes of a file were downloaded, or checked; negative if they have to come again."""

    file: str
    count: int
    what: str = "download"


Report = Callable[[Moved], None]


def silent(_: Moved) -> None:
    """Nobody watches."""
