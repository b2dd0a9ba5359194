"""Read one configuration file into entries, each with the line it stands on."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from agent.config.locate import KeyPath, last_key, locate
from agent.config.named_settings import NAMED
from agent.config.origin import Entry, Layer, Origin
from agent.config.settings import SECTIONS, all_keys
from agent.errors import UsageError

_LARGEST = 1 << 20  # bytes; a configuration is written by hand


def user_file(environment: Mapping[str, str]) -> Path:
    """The user's own file, by the XDG base directory specification: a relative XDG_CONFIG_HOME does not count."""
    home = Path(environment.get("HOME") or Path.home())
    xdg = Path(environment.get("XDG_CONFIG_HOME", ""))
    return (xdg if xdg.is_absolute() else home / ".config") / "mimosa" / "config.toml"


def project_file(repository: Path) -> Path:
    return repository / ".mimosa" / "config.toml"


def entries_of_file(path: Path, layer: Layer) -> tuple[Entry, ...]:
    """The file's values, unchecked but for their names; none if there is no such file.
    Raises UsageError: unreadable, not TOML, an unknown section or key."""
    document, lines = read_document(path)
    return tuple(_entries(document, lines, path, layer))


def read_document(path: Path) -> tuple[dict[str, object], Mapping[KeyPath, int]]:
    """The file's tables and the line of each key, both empty if there is no such file. Raises UsageError."""
    text = _read(path)
    if text is None:
        return {}, {}
    try:
        document = tomllib.loads(text + "\n")  # so that a mistake on the last line has a line
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_broken(path, text, str(error))) from None
    return document, locate(text)


def _read(path: Path) -> str | None:
    try:
        if not path.is_file() and path.exists():
            raise UsageError(f"{path}: is not a file; put the configuration in a text file of that name")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        cure = f"run: chmod u+r '{path}'" if isinstance(error, PermissionError) else "repair it or move it away"
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}); {cure}") from None
    if len(data) > _LARGEST:
        raise UsageError(
            f"{path}: is larger than {_LARGEST >> 20} MiB, so it cannot be a configuration; move it away"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}:{line}: byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from None


def _broken(path: Path, text: str, message: str) -> str:
    found = re.fullmatch(r"(?P<what>.*?) \(at line (?P<line>\d+), column (?P<column>\d+)\)", message, re.DOTALL)
    if found is None:  # "(at end of document)": something was never closed
        what, begun = message.removesuffix(" (at end of document)"), last_key(text)
        if begun is None:
            return f"{path}:1: broken TOML: {what}"
        return f"{path}:{begun[1]}: broken TOML: {'.'.join(map(str, begun[0]))} is not closed: {what}"
    line, column = int(found["line"]), int(found["column"])
    return f"{path}:{line}:{column}: broken TOML at line {line}, column {column}: {found['what']}"


def _entries(
    document: dict[str, object], lines: Mapping[KeyPath, int], path: Path, layer: Layer
) -> Iterator[Entry]:
    for section, table in document.items():
        if section in NAMED:
            continue  # `agent.config.named` reads these
        if section not in SECTIONS:
            raise UsageError(f"{path}:{lines[(section,)]}: unknown {_unknown_section(section, table)}")
        if not isinstance(table, dict):
            raise UsageError(
                f"{path}:{lines[(section,)]}: {section}: expected a table, written [{section}] on its own line"
            )
        for key, value in table.items():
            line = lines[(section, key)]
            if key not in SECTIONS[section].model_fields:
                raise UsageError(f"{path}:{line}: unknown key {section}.{key}{nearest(f'{section}.{key}')}")
            count = len(value) if isinstance(value, list) else 0
            item_lines = {index: lines[(section, key, index)] for index in range(count)}
            yield Entry(f"{section}.{key}", value, Origin(layer, str(path), line), path.parent, item_lines)


def _unknown_section(section: str, table: object) -> str:
    if isinstance(table, dict):
        sections = (*SECTIONS, *NAMED)
        known = get_close_matches(section, sections, n=1)
        hint = (
            f"did you mean [{known[0]}]?" if known else f"known are {', '.join(f'[{name}]' for name in sections)}"
        )
        return f"section [{section}]; {hint}"
    return f"key {section}{nearest(section)}; every key stands under a section, such as [model]"


def nearest(key: str) -> str:
    """A hint that names the known key most like `key`, or "" if none is."""
    by_name = {full.partition(".")[2]: full for full in all_keys()}
    name = key.rpartition(".")[2]
    if name in by_name:
        return f"; did you mean {by_name[name]}?"
    close = get_close_matches(key, all_keys(), n=1, cutoff=0.75) or [
        by_name[near] for near in get_close_matches(name, by_name, n=1, cutoff=0.75)
    ]
    return f"; did you mean {close[0]}?" if close else "; `mimosa config` prints the known ones"
