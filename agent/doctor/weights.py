"""The weights: are they on this disk, whole, or is there room for them?"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.doctor.base import Case, spared
from agent.serving.start import card_of
from model_runtime.doctor.base import Finding
from model_runtime.errors import ModelError
from model_runtime.serving.card import Card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.errors import PlanRefused
from model_runtime.weights.cache import hub_cache, newest_snapshot

SUBJECT = "weights"
GB = 1_000_000_000


class WeightsCheck:
    subject = SUBJECT

    def look(self, case: Case) -> Iterator[Finding]:
        settings = case.settings.serve
        try:
            card = card_of(settings)
        except ModelError as error:
            yield spared(Finding(SUBJECT, "wrong", str(error), "name a whole folder with serve.model_path"), case)
            return
        if settings.model_path:
            yield Finding(SUBJECT, "right", f"{settings.model_path}, {_size(card)}")
            return
        yield spared(_in_cache(card, settings.profile), case)


def _in_cache(card: Card, profile: str) -> Finding:
    snapshot = newest_snapshot(card.repository)
    if snapshot is None:
        free = shutil.disk_usage(_there(hub_cache())).free
        said = f"{card.repository} ({_size(card)}) is not in {hub_cache()}; the first start fetches it"
        if free < card.weights[card.precision]:
            said = f"{said}, and there are {free / GB:,.0f} GB free"
            return Finding(SUBJECT, "wrong", said, "set HF_HOME to a larger disk")
        return Finding(SUBJECT, "note", said, f"mimosa fetch {profile}")
    try:
        read_checkpoint(snapshot)
    except PlanRefused as error:
        return Finding(SUBJECT, "note", f"not whole yet: {error}", f"mimosa fetch {profile}")
    return Finding(SUBJECT, "right", f"{card.repository} in {snapshot}")


def _size(card: Card) -> str:
    return f"{card.weights[card.precision] / GB:,.0f} GB in {card.precision}"


def _there(folder: Path) -> Path:
    return next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
