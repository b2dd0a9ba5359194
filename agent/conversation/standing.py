"""How a conversation stands, in one value: what a status line shows."""

from dataclasses import dataclass

from agent.permission.base import Mode


@dataclass(frozen=True)
class Standing:
    """`tokens` of `context_length` are in use (0: not known); `sandbox` is the place in one line; `read`,
    `cached` and `written` are tokens of all requests so far, subagents' too; `model_seconds` was spent waiting
    for them. `locked`: only reading goes, until a plan is accepted."""

    session: str
    model: str
    profile: str
    sandbox: str
    mode: Mode
    locked: bool
    tokens: int
    context_length: int
    read: int = 0
    cached: int = 0
    written: int = 0
    model_seconds: float = 0.0
    changed: int = 0
    conflicts: int = 0
    auto_apply: bool = False
