"""Settings from environment variables: `MIMOSA_SECTION_KEY`, and short names for what is set most."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from agent.config.origin import Entry, Layer, Origin
from agent.config.settings import SECTIONS, all_keys
from agent.errors import UsageError

SHORT_NAMES = {
    "MIMOSA_BASE_URL": "model.base_url",
    "MIMOSA_MODEL": "model.name",
    "MIMOSA_PROFILE": "model.profile",
    "MIMOSA_API_KEY": "model.api_key",
    "MIMOSA_API_KEY_FILE": "model.api_key_file",
}


def variables() -> dict[str, str]:
    """Every variable's name and the key it sets. Trust is not among them: it counts in the user's file alone."""
    full = {f"MIMOSA_{key.replace('.', '_').upper()}": key for key in all_keys() if not key.startswith("trust.")}
    return full | SHORT_NAMES


def entries_of_environment(environment: Mapping[str, str]) -> tuple[Entry, ...]:
    """The values in the environment, unchecked but for their names. An empty variable counts as not set, a list
    has one item a line. Raises UsageError for a misspelt name, or two names of one setting that disagree."""
    known = variables()
    found: dict[str, Entry] = {}
    for name in sorted(environment):
        raw = environment[name]
        if not name.startswith("MIMOSA_") or not raw:
            continue
        if name not in known:
            _refuse_misspelt(name, known)
            continue
        key = known[name]
        entry = Entry(key, _parsed(key, raw), Origin(Layer.ENVIRONMENT, name), Path.cwd(), {})
        if key in found and found[key].value != entry.value:
            raise UsageError(
                f"{found[key].origin.place} and {name} both set {key}, to different values; unset one of them"
            )
        found[key] = entry
    return tuple(found.values())


def _parsed(key: str, raw: str) -> object:
    section, _, name = key.partition(".")
    default = SECTIONS[section].model_fields[name].default
    if isinstance(default, tuple):
        return [line for line in raw.splitlines() if line.strip()]
    return raw.strip()


def _refuse_misspelt(name: str, known: Mapping[str, str]) -> None:
    """Other programs may have variables that begin alike: only a name that can hardly mean another is refused."""
    if name.startswith("MIMOSA_TRUST_"):
        raise UsageError(f"{name}: trust counts in your own configuration file alone, under [trust]")
    of_a_section = any(name.startswith(f"MIMOSA_{section.upper()}_") for section in SECTIONS)
    close = get_close_matches(name, known, n=1, cutoff=0.6 if of_a_section else 0.9)
    if close:
        raise UsageError(f"{name}: unknown environment variable; did you mean {close[0]}?")
    if of_a_section:
        raise UsageError(f"{name}: unknown environment variable; `mimosa config` prints the known settings")
