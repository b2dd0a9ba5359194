"""Recorded sessions, played back: of another run, or one file an instance."""

from dataclasses import dataclass
from pathlib import Path

from agent.log import FILE
from evals.instances.base import Instance
from model_runtime.base import ChatModel
from model_runtime.errors import ModelRefused
from model_runtime.replay import Replay


@dataclass(frozen=True)
class RecordedModels:
    """`source` is a session's log or folder, which answers for every instance; or a run's folder; or a folder with
    `<instance id>.jsonl` for each instance."""

    source: Path
    scripted = True

    @property
    def name(self) -> str:
        return f"replay of {self.source.name}"

    def of(self, instance: Instance) -> ChatModel:
        return Replay(self._recording(instance.instance_id))

    async def close(self) -> None:
        """Nothing is open."""

    def _recording(self, instance_id: str) -> Path:
        if self.source.is_file():
            return self.source
        attempts = self.source / "attempts" / instance_id
        candidates = [
            self.source / FILE,
            self.source / f"{instance_id}.jsonl",
            *sorted(attempts.glob(f"*/session/{FILE}"), key=_number, reverse=True),
        ]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            raise ModelRefused(
                f"{self.source} has no recording of {instance_id}: neither {instance_id}.jsonl, nor a session in "
                f"attempts/{instance_id}/. Give a session log, a run's folder, or a folder of such files."
            )
        return found


def _number(log: Path) -> tuple[int, int]:
    """Of an attempt's folder `<sample>.<attempt>`: first samples, last attempts are the ones to play."""
    sample, _, attempt = log.parent.parent.name.partition(".")
    return -int(sample or 0), int(attempt or 0)
