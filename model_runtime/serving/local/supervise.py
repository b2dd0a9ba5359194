"""The parent of a model server: starts it again if it crashes, stops it when nobody asks it anything.

Runs detached, `python -m model_runtime.serving.local.supervise FOLDER NAME`, one a server, and ends with it. Only
a server that was ready once is started again: a start that fails is explained to whoever waits for it. What it
does stands in the server's log, in lines that begin with [mimosa].
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from model_runtime.serving.local.explain import OURS, STARTS, explain, tail
from model_runtime.serving.local.idle import IdleWatch
from model_runtime.serving.local.instance import Crash, Instance
from model_runtime.serving.local.parting import end_with_parent
from model_runtime.serving.local.process import end_rest, identify
from model_runtime.serving.local.progress import Phase, StartLog
from model_runtime.serving.local.ready import follow
from model_runtime.serving.local.servers import Servers

WINDOW_S = 3600.0
LONGEST_WAIT_S = 60.0
POLL_S = 0.2
GRACE_S = 25.0  # Less than `stop` allows before it ends this process too.


class Supervisor:
    """`instance` is this process's own, as the state file has it."""

    def __init__(self, servers: Servers, instance: Instance) -> None:
        self._servers = servers
        self._instance = instance
        self._log = servers.log_of(instance.name)
        self._child: subprocess.Popen[bytes] | None = None
        self._leaving = False
        self._was_ready = False

    def run(self) -> None:
        """Blocks until the server has ended for good."""
        signal.signal(signal.SIGTERM, self._leave)
        while not self._leaving:
            exit_code = self._serve()
            if self._leaving:
                return
            end_rest(self._instance.process)  # what it started may still hold GPU memory
            wait_s = self._after_crash(exit_code)
            if wait_s is None:
                return
            self._pause(wait_s)

    def _serve(self) -> int:
        """One life of the server; returns its exit code, negative for a signal."""
        say(f"{STARTS}{self._instance.model}")
        # Its output goes where this process's own goes.
        self._child = subprocess.Popen(
            self._instance.command, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
        )
        self._note(server=identify(self._child.pid), started_at=time.time(), exit_code=None)
        pieces, reader = follow(self._log, start=self._log.stat().st_size), StartLog()
        idle = IdleWatch(self._instance)
        ready = False
        while (code := self._child.poll()) is None:
            if not ready and reader.feed(next(pieces)).phase is Phase.READY:
                ready = self._was_ready = True
                self._note_ready()
            if ready and idle.is_over():
                self._stop_idle()
            time.sleep(POLL_S)
        return code

    def _after_crash(self, exit_code: int) -> float | None:
        """Seconds to wait before the next start, None if there shall be none. The state says why."""
        why = explain(tail(self._log), sglang=self._instance.sglang, exit_code=exit_code)
        self._note(exit_code=exit_code)
        # Whoever waits for it may have seen it ready before the log was read here.
        self._was_ready = self._was_ready or self._instance.ready_after_s is not None
        if not self._was_ready:
            return None
        now = time.time()
        recent = [each for each in self._instance.crashes if now - each.at < WINDOW_S]
        crashes = (*recent, Crash(at=now, cause=why.cause, what=why.what))
        took_s = self._instance.ready_after_s or self._instance.previous_s
        self._note(crashes=crashes, ready_after_s=None, previous_s=took_s)
        most = self._instance.care.restarts
        if len(crashes) > most:
            say(f"{OURS} {why.what}; it ended {len(crashes)} times within an hour and is not started again")
            return None
        wait_s = min(self._instance.care.first_wait_s * 2.0 ** (len(crashes) - 1), LONGEST_WAIT_S)
        say(f"{OURS} {why.what}; restart {len(crashes)} of {most} in {wait_s:.0f} s")
        return wait_s

    def _stop_idle(self) -> None:
        minutes = self._instance.care.idle_s / 60
        say(f"{OURS} no request for {minutes:g} minutes (serve.idle_minutes), so it is stopped")
        self._note(stopped=True, idle=True)
        self._leaving = True
        self._end_child()

    def _note_ready(self) -> None:
        """Whoever waits for it may have noted it already."""
        with self._servers.lock():
            now = self._mine()
            if now.ready_after_s is None:
                self._write(now.model_copy(update={"ready_after_s": round(time.time() - now.started_at, 1)}))

    def _note(self, **changes: object) -> None:
        with self._servers.lock():
            self._write(self._mine().model_copy(update=changes))

    def _mine(self) -> Instance:
        now = self._servers.read(self._instance.name)
        if now is None or now.process != self._instance.process:
            self._end_child()
            sys.exit(f"{OURS} the state file is another server's by now")
        return now

    def _write(self, instance: Instance) -> None:
        self._servers.write(instance)
        self._instance = instance

    def _leave(self, _number: int, _frame: FrameType | None) -> None:
        self._leaving = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def _end_child(self) -> None:
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._leaving and time.monotonic() < deadline:
            time.sleep(POLL_S)


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    servers, name = Servers(Path(sys.argv[1])), sys.argv[2]
    with servers.lock():  # until the launch has written the state
        instance = servers.read(name)
    if instance is None or instance.process != identify(os.getpid()):
        sys.exit(f"{OURS} the state of {name} is not this process's")
    Supervisor(servers, instance).run()


if __name__ == "__main__":
    main()
