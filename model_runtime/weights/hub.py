"""The hub: what it lists, and one file of it; or any server that speaks its protocol, through its own client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_runtime.weights.base import FetchFailed, HubAway, Listing, Moved, NoSuchModel, RemoteFile, Report

INSTALL = "Downloads need `pip install 'mimosa-coder[serve]'` (huggingface_hub)."


class Stopped(Exception):
    """Raised in a download that nobody waits for any more."""


@dataclass(frozen=True)
class Hub:
    """endpoint: a mirror's address; "" for HF_ENDPOINT or the hub itself. folder: where the files go; None for the
    cache that SGLang reads too."""

    endpoint: str = ""
    folder: Path | None = None

    @property
    def address(self) -> str:
        from huggingface_hub import constants

        return self.endpoint or constants.ENDPOINT

    def list(self, repository: str, revision: str) -> Listing:
        """Raises NoSuchModel, HubAway."""
        with self._told(repository):
            from huggingface_hub import HfApi

            info = HfApi(endpoint=self.endpoint or None).model_info(
                repository, revision=revision, files_metadata=True
            )
        files = tuple(_file(each) for each in info.siblings or ())
        if not files:
            raise NoSuchModel(f"{repository} at {self.address} has no files.")
        return Listing(repository, revision, info.sha or revision, files)

    def download(
        self, listing: Listing, file: RemoteFile, report: Report, stopped: Callable[[], bool], *, anew: bool
    ) -> Path:
        """One file, kept if it is there already, unless it is wanted `anew`. A connection that breaks is taken up
        where it was. Raises FetchFailed and its kin, and Stopped."""
        with self._told(listing.repository):
            from huggingface_hub import hf_hub_download

            return Path(
                hf_hub_download(
                    listing.repository,
                    file.name,
                    revision=listing.revision,  # by name, so that the cache can be asked for it by name
                    local_dir=self.folder,
                    endpoint=self.endpoint or None,
                    force_download=anew,
                    tqdm_class=_counter(file.name, report, stopped),
                )
            )

    def place_of(self, listing: Listing, file: RemoteFile) -> Path | None:
        """Where the file lies, None if it is not here."""
        if self.folder is not None:
            path = self.folder / file.name
            return path if path.is_file() else None
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(listing.repository, file.name, revision=listing.commit)
        return Path(found) if isinstance(found, str) else None

    @contextmanager
    def _told(self, repository: str) -> Iterator[None]:
        """From the client's exceptions to ours."""
        try:
            import httpx2  # what the client itself speaks HTTP with
            from huggingface_hub import errors
        except ImportError as error:
            raise FetchFailed(INSTALL) from error
        try:
            yield
        except errors.GatedRepoError as error:
            raise NoSuchModel(
                f"{repository} is closed: ask for access on its page, then set HF_TOKEN to your token."
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise NoSuchModel(
                f"{self.address} has no model {repository}. Is the name right? A closed one needs HF_TOKEN."
            ) from error
        except errors.RevisionNotFoundError as error:
            raise NoSuchModel(f"{repository} has no such revision.") from error
        except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError, ConnectionError) as error:
            raise HubAway(_away(self.address, error)) from error
        except (httpx2.HTTPError, errors.HfHubHTTPError) as error:
            raise HubAway(_away(self.address, error)) from error
        except OSError as error:
            raise FetchFailed(f"{repository}: {error}. What is whole is kept; run it again to go on.") from error


def _away(address: str, error: Exception) -> str:
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return (
        f"{address} cannot be read ({first}). What is whole is kept; run it again to go on.\n"
        "Another source: --from with a mirror's address (or HF_ENDPOINT), or with a folder that holds the files."
    )


def _file(sibling: Any) -> RemoteFile:
    """As the hub lists it."""
    sha256 = sibling.lfs.sha256 if sibling.lfs is not None else ""
    return RemoteFile(sibling.rfilename, sibling.size or 0, sha256, "" if sha256 else sibling.blob_id or "")


def _counter(name: str, report: Report, stopped: Callable[[], bool]) -> type[Any]:
    """A progress bar that draws nothing: it reports, and ends the download when that is stopped."""
    from huggingface_hub.utils.tqdm import tqdm

    class Counter(tqdm):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            named.pop("name", None)
            super().__init__(*arguments, **{**named, "disable": True})  # type: ignore[no-untyped-call]  # tqdm's

        def update(self, n: float | None = 1) -> bool | None:
            if stopped():
                raise Stopped
            report(Moved(name, int(n or 0)))
            return None

    return Counter
