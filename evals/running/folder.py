"""A run on disk: `runs/<id>/` in the user's state directory, or where `--output` says."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """Where each thing of a run lies."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def manifest(self) -> Path:
        """What is needed to repeat the run."""
        return self.path / "manifest.json"

    @property
    def instances(self) -> Path:
        """The rows that were chosen, one a line."""
        return self.path / "instances.jsonl"

    @property
    def request(self) -> Path:
        """What the user asked for."""
        return self.path / "request.json"

    @property
    def prepared(self) -> Path:
        """Sealed repositories of the instances that are worked on now; gone when the run ends."""
        return self.path / "prepared"

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    def attempt(self, instance_id: str, sample: int, attempt: int) -> Path:
        """The folder of one attempt: `patch.diff`, `test_output.txt`, and `session/` with the session's log."""
        return self.path / "attempts" / instance_id / f"{sample}.{attempt}"

    def session(self, instance_id: str, sample: int, attempt: int) -> Path:
        return self.attempt(instance_id, sample, attempt) / "session"

    def patch(self, instance_id: str, sample: int, attempt: int) -> Path:
        return self.attempt(instance_id, sample, attempt) / "patch.diff"
