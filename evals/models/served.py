"""A model that is really asked: one client for all attempts of this process."""

from agent.config.load import Loaded
from agent.equip import model_of
from evals.instances.base import Instance
from model_runtime.base import ChatModel, ServerInfo
from model_runtime.errors import ModelUnavailable


class ServedModels:
    """Belongs to one event loop."""

    scripted = False

    def __init__(self, loaded: Loaded) -> None:
        """Raises ModelError if no endpoint is named."""
        self._client = model_of(loaded)

    @property
    def name(self) -> str:
        return self._client.name

    def of(self, _instance: Instance) -> ChatModel:
        return self._client

    async def info(self) -> ServerInfo:
        return await self._client.info()

    async def answers(self) -> bool:
        """Whether the endpoint answers at this moment."""
        try:
            await self._client.info()
        except ModelUnavailable:
            return False
        return True

    async def close(self) -> None:
        await self._client.close()
