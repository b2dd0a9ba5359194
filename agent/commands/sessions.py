"""`mimosa sessions`: list, show, export."""

import sys
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.errors import SessionError, UsageError
from agent.export import Format, export, list_sessions, sessions_json, sessions_table, show
from agent.log import read_log
from agent.store import SessionStore


def run_list(most: int, *, json: bool) -> int:
    with told():
        store = SessionStore.of_user()
        listed = list_sessions(store, most)
        if json:
            print(sessions_json(listed))
        elif listed:
            console = Console()
            console.print(sessions_table(listed, console.width))
        else:
            print(f'no sessions in {store.folder} yet; `mimosa fix "what is wrong"` makes one')
    return 0


def run_show(session: str, *, whole: bool) -> int:
    with told():
        show(read_log(SessionStore.of_user().find(session)), Console(highlight=False), whole=whole)
    return 0


def run_export(session: str, *, html: Path | None, jsonl: Path | None, atif: Path | None = None) -> int:
    with told():
        if html is None and jsonl is None and atif is None:
            raise UsageError("say where to: --html FILE, --jsonl FILE or --atif FILE (- for standard output)")
        folder = SessionStore.of_user().find(session)
        targets: tuple[tuple[Path | None, Format], ...] = ((html, "html"), (jsonl, "jsonl"), (atif, "atif"))
        for target, to in targets:
            if target is not None:
                _write(target, export(folder, to))
    return 0


def _write(target: Path, data: bytes) -> None:
    if str(target) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        target.write_bytes(data)
    except OSError as error:
        raise SessionError(f"{target} cannot be written: {error.strerror}") from error
    print(f"{target}: {len(data):,} bytes", file=sys.stderr)
