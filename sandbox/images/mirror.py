"""Which mirror this machine's own apt takes its release from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FETCHED = ("http://", "https://", "file:/", "copy:/")
MIRROR_LIST = "mirror+file:"


@dataclass(frozen=True)
class Mirror:
    """Where packages of one release come from. `suite` is the release's code name; `keyring` signs it, None for
    the tool's default."""

    uri: str
    suite: str
    components: tuple[str, ...] = ("main",)
    keyring: Path | None = None


@dataclass(frozen=True)
class _Source:
    """One entry of apt's configuration."""

    types: tuple[str, ...]
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    keyring: Path | None


def own_release(root: Path = Path("/")) -> tuple[str, str]:
    """This machine's distribution and release: ("debian", "bookworm"); "" for what os-release(5) does not tell."""
    fields: dict[str, str] = {}
    for path in (root / "etc/os-release", root / "usr/lib/os-release"):
        if path.is_file():
            pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
            fields = {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
            break
    return fields.get("ID", ""), fields.get("VERSION_CODENAME", "")


def find_mirror(root: Path = Path("/")) -> Mirror | None:
    """The mirror that this machine's apt takes its own release from; None where apt names none.

    Reads sources.list(5) in both formats.
    """
    distribution, suite = own_release(root)
    if not suite:
        return None
    components = ("main", "universe") if distribution == "ubuntu" else ("main",)
    for source in _sources(root / "etc/apt"):
        if "deb" not in source.types or suite not in source.suites or "main" not in source.components:
            continue
        for uri in source.uris:
            if fetched := _fetched(uri):
                return Mirror(fetched, suite, components, source.keyring)
    return None


def _fetched(uri: str) -> str | None:
    """`uri` itself if it can be fetched from, or the first such line of the mirror list that it names."""
    if uri.startswith(FETCHED):
        return uri.rstrip("/")
    if not uri.startswith(MIRROR_LIST):
        return None
    listed = Path(uri.removeprefix(MIRROR_LIST))
    lines = listed.read_text().split("\n") if listed.is_file() else []
    return next((line.split()[0].rstrip("/") for line in lines if line.startswith(FETCHED)), None)


def _sources(folder: Path) -> Iterator[_Source]:
    lists = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]
    for path in lists:
        if path.is_file():
            yield from _one_line_sources(path.read_text().splitlines())
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        yield from _deb822_sources(path.read_text().splitlines())


def _one_line_sources(lines: Iterable[str]) -> Iterator[_Source]:
    """`deb [options] uri suite component…`"""
    for line in lines:
        kind, _, rest = line.partition("#")[0].strip().partition(" ")
        options = ""
        if rest.lstrip().startswith("["):
            options, _, rest = rest.lstrip()[1:].partition("]")
        words = rest.split()
        if len(words) >= 3:
            signed = next(
                (word.partition("=")[2] for word in options.split() if word.startswith("signed-by=")), ""
            )
            yield _Source((kind,), (words[0],), (words[1],), tuple(words[2:]), _keyring(signed))


def _deb822_sources(lines: Iterable[str]) -> Iterator[_Source]:
    """Paragraphs of `Field: values`, set apart by empty lines; a folded value goes on after white space."""
    fields: dict[str, str] = {}
    name = ""
    for line in [*lines, ""]:
        if line.startswith("#"):
            continue
        if line.strip() and line[0].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif line.strip():
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
        elif fields:
            if fields.get("enabled", "yes").lower() != "no":
                yield _of_fields(fields)
            fields = {}


def _of_fields(fields: dict[str, str]) -> _Source:
    types, uris, suites, components = (
        tuple(fields.get(name, "").split()) for name in ("types", "uris", "suites", "components")
    )
    return _Source(types, uris, suites, components, _keyring(fields.get("signed-by", "")))


def _keyring(words: str) -> Path | None:
    """The file that `Signed-By` names; keys written out in place are left to the tool's default."""
    return Path(words) if words.startswith("/") and Path(words).is_file() else None
