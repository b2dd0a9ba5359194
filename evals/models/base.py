"""The contract of what a run asks: one model for all instances, or one that knows its instance."""

from typing import Protocol

from evals.instances.base import Instance
from model_runtime.base import ChatModel


class Models(Protocol):
    @property
    def name(self) -> str:
        """What to call it in a report and in predictions."""
        ...

    @property
    def scripted(self) -> bool:
        """Whether its answers cost nothing and come at once."""
        ...

    def of(self, instance: Instance) -> ChatModel:
        """What answers in one attempt. Raises ModelRefused if there is nothing to answer with."""
        ...

    async def close(self) -> None: ...
