"""Does the endpoint answer, and with what?"""

from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding
from model_runtime.profiles import FALLBACK

SUBJECT = "endpoint"
LEAST_CONTEXT = 8_192
"""Tokens. Below this a repository's first screenful does not fit."""
SHORT_CONTEXT = 32_768


def tell_met(asker: Asker) -> tuple[Finding, ...]:
    """What `meet` learned: the model, its profile, its context."""
    info, facts = asker.info, asker.facts
    server = f", {facts.server}" if facts and facts.server else ""
    found = [Finding(SUBJECT, "right", f"{asker.where} serves {info.model}{server}")]
    if asker.profile.name == FALLBACK:
        found.append(
            Finding(
                "profile",
                "note",
                f"no profile matches {info.model}: it is asked as any model is, without thinking switched on",
                "name one with --profile (MIMOSA_PROFILE)",
            )
        )
    else:
        found.append(Finding("profile", "right", f"{asker.profile.name}: {asker.profile.description}"))
    return (*found, _context(info.context_length))


def _context(tokens: int) -> Finding:
    if tokens < LEAST_CONTEXT:
        return Finding(
            "context",
            "wrong",
            f"{tokens:,} tokens are too few for a session",
            "start the server with a longer --context-length",
        )
    if tokens < SHORT_CONTEXT:
        return Finding("context", "note", f"{tokens:,} tokens: long work will be summed up often")
    return Finding("context", "right", f"{tokens:,} tokens")
