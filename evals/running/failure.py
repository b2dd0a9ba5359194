"""What an error means for an attempt: infrastructure that failed, a limit of the model's, or a defect."""

import errno
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import MIMOSA_ERRORS
from evals.errors import EvalError, EvalInfrastructure
from evals.running.records import Outcome
from model_runtime.errors import ModelUnavailable
from sandbox.errors import EngineUnavailable, EnvironmentFailed, SandboxError

OUTAGES = frozenset({"engine", "server", "network", "disk", "memory"})
"""Causes that strike whatever is begun next too: nothing new is begun until they are over."""

FULL_BYTES = 16 * 2**20
"""A disk with less room than this takes no patch for granted."""

_FULL = ("No space left on device", "Disk quota exceeded", "no disk space left", "Out of diskspace")
_OF_THE_SYSTEM = {
    errno.ENOSPC: "disk",
    errno.EDQUOT: "disk",
    errno.EROFS: "disk",
    errno.EIO: "disk",
    errno.ENOMEM: "memory",
    errno.EAGAIN: "memory",
    errno.EMFILE: "memory",
    errno.ENFILE: "memory",
    errno.ENETUNREACH: "network",
    errno.EHOSTUNREACH: "network",
}


@dataclass(frozen=True)
class Verdict:
    """How an attempt ended; `infrastructure` names what failed, where that was it."""

    outcome: Outcome
    detail: str = ""
    infrastructure: str = ""


INTERRUPTED = Verdict("interrupted", "interrupted")


def verdict_on(error: Exception) -> Verdict:
    """What `error` makes of the attempt that it ended."""
    detail = str(error) if isinstance(error, MIMOSA_ERRORS) else f"{type(error).__name__}: {error}"
    if cause := infrastructure_of(error):
        return Verdict("infrastructure", detail, cause)
    if isinstance(error, MIMOSA_ERRORS) and error.exit_code == 4:
        return Verdict("limit", detail)
    return Verdict("failed", detail)


def infrastructure_of(error: BaseException) -> str:
    """The short stable name of what failed around the model, "" if nothing did."""
    if isinstance(error, EvalInfrastructure):
        return error.what
    for cause in chain(error):
        if isinstance(cause, OSError) and cause.errno in _OF_THE_SYSTEM:
            return _OF_THE_SYSTEM[cause.errno]
        if isinstance(cause, MemoryError):
            return "memory"
        if isinstance(cause, SandboxError) and any(words in str(cause) for words in _FULL):
            return "disk"
    match error:
        case ModelUnavailable():
            return "server"
        case EngineUnavailable():
            return "engine"
        case EnvironmentFailed():
            return "image"
        case SandboxError():
            return "sandbox"
        case EvalError():
            return ""
        case _:
            return (
                "engine" if type(error).__module__.partition(".")[0] in ("docker", "requests", "urllib3") else ""
            )


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def full_disk(*places: Path) -> str:
    """The first of `places` whose disk is full; "" if none is. Where nothing can be written, a command may fail
    and a model may give up without any error of ours."""
    for place in places:
        if place.exists() and shutil.disk_usage(place).free < FULL_BYTES:
            return str(place)
    return ""
