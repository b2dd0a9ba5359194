"""The patch of an attempt, however it ended: the files at the session's last checkpoint."""

from pathlib import Path

from agent.log import FILE
from agent.recorder import FOLDER, write_whole
from evals.running.folder import RunFolder

SESSION = "session"
TRIES = "tries"
PATCH = "patch.diff"


def salvage(attempt: Path, session: Path | None = None) -> bytes | None:
    """What `session` (the attempt's last, if None) had changed when it was last recorded, kept as the patch of the
    attempt in folder `attempt`. A checkpoint is on disk before the log tells of it, so nothing that the model was
    told is missing. None if no session began."""
    session = session or session_of(attempt)
    if session is None:
        return None
    last = max((session / FOLDER).glob("*.patch"), default=None)
    patch = last.read_bytes() if last is not None else b""
    write_whole(attempt / PATCH, patch)
    return patch


def session_of(attempt: Path) -> Path | None:
    """The attempt's session, or the last one that it began."""
    sessions = [attempt / SESSION, *sorted((attempt / TRIES).glob("*"), reverse=True)]
    return next((session for session in sessions if (session / FILE).is_file()), None)


def patch_name(instance_id: str, sample: int, attempt: int) -> str:
    """The path of an attempt's patch in the run's folder."""
    return RunFolder(Path()).patch(instance_id, sample, attempt).as_posix()
