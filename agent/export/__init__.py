"""Sessions for people to look at: listed, shown on a terminal, exported as JSON lines or as one HTML page.

listing = list_sessions(SessionStore.of_user(), 20)
console.print(sessions_table(listing, console.width))
show(read_log(folder), console)
target.write_bytes(export(folder, "html"))
"""

from pathlib import Path
from typing import Literal

from agent.export.listing import list_sessions, summary_of
from agent.export.table import Listed, sessions_json, sessions_lines, sessions_table
from agent.export.terminal import show

Format = Literal["html", "jsonl", "atif"]

__all__ = [
    "Format",
    "Listed",
    "export",
    "list_sessions",
    "sessions_json",
    "sessions_lines",
    "sessions_table",
    "show",
    "summary_of",
]


def export(folder: Path, to: Format) -> bytes:
    """The session in `folder` as one file's bytes. Raises SessionError if its log cannot be read."""
    if to == "jsonl":
        from agent.export.jsonl import jsonl

        return jsonl(folder)
    from agent.log import read_log

    if to == "atif":
        from agent.export.atif import atif

        return atif(read_log(folder))
    from agent.export.page import page

    return page(read_log(folder)).encode("utf-8")
