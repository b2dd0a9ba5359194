"""The sessions' pages beside a report's page."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from agent.errors import SessionError
from agent.export import export
from agent.log import FILE
from evals.reports.model import Report


def write_sessions(target: Path, reports: Sequence[Report]) -> dict[tuple[str, str, int], str]:
    """Write a page for each session into a folder named after `target`, and give each page's address relative to
    it. One that is there already and is not older than its log is kept. Raises OSError."""
    folder = target.with_name(f"{target.stem}-sessions")
    links: dict[tuple[str, str, int], str] = {}
    for report in reports:
        for row in report.rows:
            if not row.session:
                continue
            session = Path(report.folder) / row.session
            name = f"{_file_name(report.run)}/{_file_name(row.instance_id)}.{row.sample}.{row.attempt}.html"
            if _write(session, folder / name):
                links[(report.run, row.instance_id, row.sample)] = quote(f"{folder.name}/{name}")
    return links


def _file_name(words: str) -> str:
    """A data set names its instances; none of them may name a place."""
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in words).lstrip(".") or "_"


def _write(session: Path, page: Path) -> bool:
    if page.exists() and page.stat().st_mtime >= (session / FILE).stat().st_mtime:
        return True
    try:
        data = export(session, "html")
    except SessionError:  # the report has its row all the same
        return False
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(data)
    return True
