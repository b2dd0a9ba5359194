"""How many tokens a decoding step yields: whether speculative decoding works."""

from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding
from model_runtime.doctor.flags import restart
from model_runtime.errors import ModelError
from model_runtime.serving.card import Card
from model_runtime.serving.cards import find_card

SUBJECT = "acceptance"
LOW = 1.5


class AcceptanceProbe:
    """Comes after the others, whose replies are what it measures."""

    subjects = (SUBJECT,)

    async def look(self, asker: Asker) -> tuple[Finding, ...]:
        reading = await asker.read()
        if asker.facts is None or reading is None:
            return (Finding(SUBJECT, "skipped", "the endpoint does not tell"),)
        card = _card(asker)
        if not asker.facts.speculation:
            return (_without(card),)
        if reading.acceptance is None:
            return (Finding(SUBJECT, "skipped", "nothing was measured yet: ask again after a session"),)
        said = f"{reading.acceptance:.2f} tokens a step, with {asker.facts.speculation}"
        if reading.acceptance >= LOW:
            return (Finding(SUBJECT, "right", said),)
        return (
            Finding(
                SUBJECT,
                "note",
                f"{said}: the drafts are hardly ever right, and cost more than they bring",
                "update SGLang, if its MTP heads load the same weights (sglang issue 25368)",
            ),
        )


def _without(card: Card | None) -> Finding:
    if card is None or card.speculation == "none":
        return Finding(SUBJECT, "skipped", "the server does not speculate, nor is it known how this model would")
    return Finding(
        SUBJECT,
        "note",
        f"the server runs without speculative decoding ({card.speculation}), about half as fast",
        restart("--speculative-algorithm and its flags, as `mimosa serve --plan` prints them"),
    )


def _card(asker: Asker) -> Card | None:
    try:
        return find_card(asker.profile.name)
    except ModelError:
        return None
