"""Cards from profile files."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from model_runtime.profiles import profile_files, read_profile
from model_runtime.serving.card import Card
from model_runtime.serving.errors import PlanRefused


def family(user: Path | None = None) -> tuple[Card, ...]:
    """Every profile that says how to serve its model, by name. `user` is the folder of the user's own profiles."""
    found = [read_card(path) for _, path in sorted(profile_files(user).items())]
    return tuple(card for card in found if card is not None)


def find_card(name: str, user: Path | None = None) -> Card:
    """The card called `name`. Raises PlanRefused."""
    files = profile_files(user)
    card = read_card(files[name]) if name in files else None
    if card is not None:
        return card
    known = ", ".join(each.name for each in family(user))
    why = "does not say how to serve a model" if name in files else "does not exist"
    raise PlanRefused(f"The profile {name!r} {why}. Servable are: {known}; or give a folder as --model-path.")


def read_card(path: Path) -> Card | None:
    """The `[serve]` table of one profile, None if it has none. Raises PlanRefused."""
    profile = read_profile(path)
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("serve")
    if table is None:
        return None
    try:
        return Card.model_validate({"context_length": profile.context_length, **table, "name": path.stem})
    except ValidationError as error:
        what = "; ".join(f"serve.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise PlanRefused(f"The profile {path} is not right: {what}.") from error
