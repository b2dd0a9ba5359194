"""What a session works with. Whoever starts the session makes these, and closes the model."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.approval import AllowAll, Approver
from agent.guards.base import Guard
from agent.guards.standard import chat_guards
from agent.limits import Limit
from model_runtime.base import ChatModel, Sampling, ServerInfo
from sandbox.base import Sandbox
from tools.toolbox import Toolbox


@dataclass(frozen=True)
class Means:
    """`sandbox` is started. `server` is what `model.info()` said. `guards` makes the guards of one turn; `limits`
    bound each turn. `threshold`: share of the context at which the history is compacted. `stream`: somebody
    watches."""

    model: ChatModel
    server: ServerInfo
    sandbox: Sandbox
    toolbox: Toolbox
    sampling: Sampling = Sampling()
    threshold: float = 0.6
    limits: tuple[Limit, ...] = ()
    guards: Callable[[], tuple[Guard, ...]] = chat_guards
    approve: Approver = field(default_factory=AllowAll)
    stream: bool = False
    clock: Callable[[], float] = time.monotonic

    @property
    def fitted_sampling(self) -> Sampling:
        """With no reply longer than a quarter of the context: servers refuse a request whose prompt and longest
        reply do not fit together."""
        most = self.server.context_length // 4
        if not 0 < most < self.sampling.max_tokens:
            return self.sampling
        return self.sampling.model_copy(update={"max_tokens": most})
