"""The servers of one state directory: `servers/<name>/` with a state file and a log each, and one lock for all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from model_runtime.serving.errors import LaunchRefused, NoServer
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import is_alive

STATE = "server.json"
LOG = "server.log"
OLD_LOG = "server.log.old"


class Servers:
    """`folder` is private to the user; it is made when the first server is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def log_of(self, name: str) -> Path:
        return self.folder / name / LOG

    def all(self) -> tuple[Instance, ...]:
        """Newest first. A state file that cannot be read tells nothing: its server is not listed, and a start
        writes it anew."""
        if not self.folder.is_dir():
            return ()
        found = [self.read(path.parent.name) for path in sorted(self.folder.glob(f"*/{STATE}"))]
        return tuple(sorted((each for each in found if each), key=lambda each: -each.started_at))

    def running(self) -> tuple[Instance, ...]:
        """Those whose process lives, ready or not; newest first."""
        return tuple(each for each in self.all() if is_alive(each.process))

    def read(self, name: str) -> Instance | None:
        """None if there is none, or none that can be understood. Raises LaunchRefused."""
        try:
            return Instance.model_validate_json((self.folder / name / STATE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        except OSError as error:
            raise self._refused(error) from error

    def find(self, name: str | None) -> Instance:
        """By name, by its unique beginning, or without one: the only one that runs, else the newest.
        Raises NoServer."""
        known = self.all()
        if name is None:
            running = self.running()
            if len(running) > 1:
                names = ", ".join(each.name for each in running)
                raise NoServer(f"Several servers run: {names}. Say which one.")
            if not known:
                raise NoServer("No server was started here yet: `mimosa serve` starts one.")
            return running[0] if running else known[0]
        exact = [each for each in known if each.name == name]
        found = exact or [each for each in known if each.name.startswith(name)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.name for each in found or known) or "none"
        said = "can mean several servers" if found else "is no server that was started here"
        raise NoServer(f"{name!r} {said}. Known: {names}.")

    def write(self, instance: Instance) -> None:
        """Whole or not at all. Raises LaunchRefused."""
        target = self.folder / instance.name / STATE
        with self._writing():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = target.with_suffix(".new")
            new.write_text(instance.model_dump_json(indent=1), encoding="utf-8")
            new.replace(target)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One launch or stop at a time; waits. The kernel lets go of it if this process ends. Raises
        LaunchRefused."""
        with self._writing():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def new_log(self, name: str) -> Path:
        """An empty log; the one before is kept beside it. Raises LaunchRefused."""
        log = self.log_of(name)
        with self._writing():
            log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if log.exists():
                log.replace(log.with_name(OLD_LOG))
            log.touch(mode=0o600)
        return log

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> LaunchRefused:
        return LaunchRefused(
            f"The state of a server cannot be kept in {self.folder}: {error.strerror}. "
            "Make room there, make it writable, or set MIMOSA_STATE_DIR to another folder."
        )
