"""Numbers, times and first lines as people read them."""

from datetime import UTC, datetime


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 12 s`, `1 h 4 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    return _two(whole // 3600, "h", whole % 3600 // 60, "min")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def count(number: int) -> str:
    """`12,345`"""
    return f"{number:,}"


def short_count(number: int) -> str:
    """`845`, `12.3k`, `4.5M`: three digits at most."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size - size / 2000:
            value = number / size
            return f"{value:.0f}{unit}" if value >= 99.95 else f"{value:.1f}{unit}"
    return str(number)


def moment(at: float) -> str:
    """Unix time as `23 November 2026, 14:52 UTC`: an export is read anywhere."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def local_moment(at: float) -> str:
    """Unix time as `2026-11-23 14:52` on this machine's clock."""
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def first_line(text: str, most: int = 120) -> str:
    """The first line that says something, at most `most` characters long."""
    line = next((stripped for line in text.splitlines() if (stripped := line.strip().lstrip("#").strip())), "")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def plural(number: int, word: str) -> str:
    """`1 line`, `2 lines`"""
    return f"{count(number)} {word}" if number == 1 else f"{count(number)} {word}s"
