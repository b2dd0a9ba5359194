"""What one turn works with."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.approval import AllowAll, Approver
from agent.compaction import Compactor
from agent.events import UserRan, UserSaid
from agent.guards.base import Guard
from agent.history import History
from agent.limits import Limit
from agent.stop import Stop
from model_runtime.base import ChatModel, Sampling
from tools.toolbox import Toolbox

Incoming = UserSaid | UserRan
"""What may join the history while a turn goes on."""


def nothing_said() -> Sequence[Incoming]:
    return ()


@dataclass(frozen=True)
class Turn:
    """`inbox` is asked at each step for messages that came in meanwhile. `must_finish`: a reply that calls nothing
    is reminded to finish or to go on. `stream`: somebody watches. `clock` gives seconds, for what is reported and
    limited."""

    history: History
    model: ChatModel
    toolbox: Toolbox
    limits: tuple[Limit, ...] = ()
    guards: tuple[Guard, ...] = ()
    approve: Approver = field(default_factory=AllowAll)
    inbox: Callable[[], Sequence[Incoming]] = nothing_said
    compactor: Compactor | None = None
    sampling: Sampling = Sampling()
    stream: bool = False
    must_finish: bool = False
    stop: Stop = field(default_factory=Stop)
    clock: Callable[[], float] = time.monotonic
