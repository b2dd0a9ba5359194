"""One run of one hook: JSON on its standard input, and what its exit code and output mean."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.config.named import Named
from agent.config.named_settings import HookSettings

REFUSES = 2
"""The exit code that refuses. 0 lets it go on; any other means that the hook itself failed."""
REFUSALS = ("refuse", "block", "deny")
MOST_OUTPUT = 64_000  # bytes kept of each stream
MOST_REASON = 4_000  # characters of what the model or the user reads
GRACE_S = 1.0
"""What a hook that is ended has between TERM and KILL, and output that is still on its way to be read."""
SECRETS = ("MIMOSA_API_KEY",)


@dataclass(frozen=True)
class Outcome:
    """`refused`: a reason, "" if it did not refuse. `failed`: how the hook itself went wrong, "" if it did not."""

    refused: str = ""
    failed: str = ""


async def run_hook(hook: Named[HookSettings], told: Mapping[str, object], folder: Path) -> Outcome:
    """Run it in `folder` and read its answer. Raises CancelledError alone; its processes are ended then."""
    settings = hook.settings
    loop = asyncio.get_running_loop()
    try:
        started = await loop.subprocess_shell(
            _Output,
            settings.command,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in SECRETS},
            start_new_session=True,
        )
    except OSError as error:
        return Outcome(failed=f"hook {hook.name} could not be started: {error.strerror}")
    transport, output = started
    try:
        _tell(transport, json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))
        try:
            await asyncio.wait_for(output.exited.wait(), settings.timeout_s)
        except TimeoutError:
            return Outcome(failed=f"hook {hook.name} was ended after {settings.timeout_s:g} s")
        with contextlib.suppress(TimeoutError):  # a process it left behind may hold its output open
            await asyncio.wait_for(output.closed.wait(), GRACE_S)
        return read_outcome(hook.name, transport.get_returncode() or 0, output.text(1), output.text(2))
    finally:
        await _end(transport, output)
        transport.close()


def read_outcome(name: str, exit_code: int, out: str, err: str) -> Outcome:
    """What an exit code and the two outputs mean."""
    if exit_code == REFUSES:
        return Outcome(refused=_short(err) or _short(out) or f"hook {name} refuses it")
    if exit_code != 0:
        return Outcome(failed=f"hook {name} failed with exit code {exit_code}: {_short(err) or _short(out)}")
    match _json(out):
        case {"decision": str() as decision, **rest} if decision.lower() in REFUSALS:
            return Outcome(refused=_short(str(rest.get("reason", ""))) or f"hook {name} refuses it")
        case _:
            return Outcome()


class _Output(asyncio.SubprocessProtocol):
    """Keeps the beginning of both streams, and drops the rest."""

    def __init__(self) -> None:
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self._kept = {1: bytearray(), 2: bytearray()}
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = MOST_OUTPUT - len(self._kept[fd])
        self._kept[fd] += data[: max(room, 0)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._open.discard(fd)
        if not self._open:
            self.closed.set()

    def process_exited(self) -> None:
        self.exited.set()

    def text(self, fd: int) -> str:
        return self._kept[fd].decode("utf-8", "replace")


def _tell(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    """A hook that does not read its input is as good as one that does."""
    pipe = cast("asyncio.WriteTransport | None", transport.get_pipe_transport(0))
    if pipe is not None:
        pipe.write(data)
        pipe.close()


async def _end(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """End a hook that still runs, with all that it started."""
    if output.exited.is_set():
        return
    group = transport.get_pid()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(output.exited.wait(), GRACE_S)
    with contextlib.suppress(ProcessLookupError):  # what it started may not have listened
        os.killpg(group, signal.SIGKILL)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MOST_REASON else text[:MOST_REASON] + " …"
