"""What a look at one thing found, and the contract of a probe."""

from dataclasses import dataclass
from typing import Literal, Protocol

from model_runtime.doctor.asker import Asker

Verdict = Literal["right", "note", "wrong", "skipped"]
"""right; note (a session works, and could do better); wrong (a session would not work as it should); skipped (not
needed, or it cannot be told)."""


@dataclass(frozen=True)
class Finding:
    """subject: what was looked at, in a word or two. said: what is right or wrong, in a sentence. mend: the
    command that mends it, or what to do where none does; "" where there is nothing to mend."""

    subject: str
    verdict: Verdict
    said: str
    mend: str = ""


class Probe(Protocol):
    """Looks at one thing by asking."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Of its findings; they are told as skipped if it cannot run."""
        ...

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        """One finding a subject. Raises ModelError or AttemptFailed if the endpoint does not answer."""
        ...
