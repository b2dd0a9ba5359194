"""Every model that Mimosa has a profile of, with what it needs and where its numbers come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_runtime.errors import ModelRefused
from model_runtime.nano.at_hand import NANO, find_checkpoint
from model_runtime.profile_sources import source_of, sources_in
from model_runtime.profiles import SHIPPED, Profile, profile_files, read_profile
from model_runtime.serving.card import Card
from model_runtime.serving.cards import read_card


@dataclass(frozen=True)
class Fact:
    """One number or name of a model. key: in its profile. source: "" where the profile does not say."""

    key: str
    value: object
    source: str


@dataclass(frozen=True)
class Member:
    """One profile. card: how to serve it, None if it does not say. own: the user's."""

    profile: Profile
    card: Card | None
    file: Path
    facts: tuple[Fact, ...]

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def own(self) -> bool:
        return self.file.parent != SHIPPED

    @property
    def plannable(self) -> bool:
        """Whether its profile alone is enough for a plan; else a checkpoint's folder is needed."""
        return self.card is not None and self.card.global_layers is not None


def members(user: Path | None = None) -> tuple[Member, ...]:
    """All profiles, by name; the small model's first, if that is there. `user` is the folder of the user's own.
    Raises ModelError for a broken one."""
    files = profile_files(user)
    own = files.pop(NANO, None)
    first = [own] if own is not None and find_checkpoint(NANO) is not None else []
    return tuple(_read(path) for path in [*first, *(path for _, path in sorted(files.items()))])


def find_member(name: str, user: Path | None = None) -> Member:
    """Raises ModelError: there is none of that name, or it is broken."""
    files = profile_files(user)
    if name not in files:
        known = ", ".join(sorted(files))
        raise ModelRefused(f"There is no profile {name!r}. Known are: {known}. `mimosa models` tells more.")
    return _read(files[name])


def _read(path: Path) -> Member:
    profile, card = read_profile(path), read_card(path)
    sources = sources_in(path.read_text(encoding="utf-8"))
    given = (*_given(profile, ""), *(_given(card, "serve.") if card else ()))
    twice = "serve.context_length"  # the profile's own, where [serve] has no other
    facts = (
        Fact(key, value, source_of(sources, key))
        for key, value in given
        if key != twice or value != profile.context_length
    )
    return Member(profile, card, path, tuple(facts))


def _given(model: Profile | Card, prefix: str) -> Iterator[tuple[str, object]]:
    """What stands in the file, not the defaults: dotted key and value, tables taken apart."""
    for key, value in model.model_dump(mode="json", exclude_unset=True, exclude={"name"}).items():
        if not isinstance(value, dict):
            yield f"{prefix}{key}", value
            continue
        for inner, number in value.items():
            yield f"{prefix}{key}.{inner}", number
