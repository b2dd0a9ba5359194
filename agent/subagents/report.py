"""What a subagent's report ends with: its session, and the facts of its work."""

import re
from collections.abc import Sequence

SIGNATURE = re.compile(r"\[session (\d{8}-\d{6}-\w{4})(?:, [^\n]*)?\]\Z")


def signed(words: str, session: str, facts: Sequence[str]) -> str:
    """The report as the model reads it."""
    return f"{words}\n\n[{', '.join((f'session {session}', *facts))}]"


def session_of(report: str) -> str:
    """The session that a signed report is of, "" for another text."""
    found = SIGNATURE.search(report)
    return found[1] if found else ""
