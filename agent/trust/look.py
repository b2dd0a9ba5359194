"""What is known of a repository's trust, and how an answer is remembered."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.errors import UsageError
from agent.state import state_folder
from model_runtime.messages import Frozen

FILE = "trust.json"


class Answer(Frozen):
    """What the user said of a repository at time `at` (Unix, seconds), and of which wishes (`wishes.digest`)."""

    trusted: bool
    digest: str
    at: float


_ANSWERS = TypeAdapter(dict[str, Answer])


@dataclass(frozen=True)
class Trust:
    """How a repository stands. `wishes` are lines for a person: what counts only if it is trusted. `nothing`: it
    has none, so there is nothing to ask. `changed`: it was trusted, and wishes something else now."""

    state: Literal["trusted", "refused", "changed", "unknown", "nothing"]
    wishes: tuple[str, ...] = ()

    @property
    def trusted(self) -> bool:
        return self.state == "trusted"

    @property
    def open(self) -> bool:
        """Whether the user is to be asked."""
        return self.state in ("changed", "unknown")


def look(repository: Path, environment: Mapping[str, str]) -> Trust:
    """How `repository` (its top folder) stands, by what was answered before. What the user's own file lists under
    `trust.projects` is not looked at here. Raises UsageError."""
    from agent.trust.wishes import digest, wishes_of  # late: it reads configuration, which asks for trust

    wishes = wishes_of(repository)
    if not wishes:
        return Trust("nothing")
    words = tuple(wish.words for wish in wishes)
    answer = _answers(_file(environment)).get(_key(repository))
    if answer is None:
        return Trust("unknown", words)
    if answer.digest != digest(wishes):
        return Trust("changed" if answer.trusted else "unknown", words)
    return Trust("trusted" if answer.trusted else "refused", words)


def remembered(repository: Path, environment: Mapping[str, str]) -> bool | None:
    """What the user said of this repository as it is now: trusted, or not; None for nothing. Raises UsageError."""
    if _key(repository) not in _answers(_file(environment)):
        return None
    return {"trusted": True, "refused": False}.get(look(repository, environment).state)


def remember(repository: Path, environment: Mapping[str, str], *, trusted: bool) -> None:
    """Keep the user's answer. Raises UsageError if it cannot be kept."""
    from agent.trust.wishes import digest, wishes_of

    path = _file(environment)
    answer = Answer(trusted=trusted, digest=digest(wishes_of(repository)), at=time.time())
    _write(path, {**_answers(path), _key(repository): answer})


def forget(repository: Path, environment: Mapping[str, str]) -> bool:
    """Drop the answer; whether there was one. Raises UsageError."""
    path = _file(environment)
    answers = _answers(path)
    if answers.pop(_key(repository), None) is None:
        return False
    _write(path, answers)
    return True


def _file(environment: Mapping[str, str]) -> Path:
    return state_folder(environment) / FILE


def _key(repository: Path) -> str:
    return str(repository.resolve())


def _answers(path: Path) -> dict[str, Answer]:
    try:
        return _ANSWERS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is damaged"
        raise UsageError(
            f"{path}: cannot be read ({why}), so nobody knows which repositories you trust; remove it, and you "
            "are asked again"
        ) from error


def _write(path: Path, answers: Mapping[str, Answer]) -> None:
    unfinished = path.with_suffix(".unfinished")
    text = json.dumps({key: answer.model_dump() for key, answer in answers.items()}, indent=1)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.chmod(0o600)
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path}: your answer cannot be kept ({error.strerror}); make the folder writable"
        ) from None
