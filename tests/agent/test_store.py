"""Where sessions live, how they are found, and what a list of them costs."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_log import SAID, started

from agent.errors import SessionError
from agent.events import Compacted, FilesApplied, ServerMeasured, SessionEnded, TurnEnded
from agent.log import SessionLog
from agent.session_summary import BLOCK
from agent.store import SessionStore
from model_runtime.messages import UserMessage
from model_runtime.metrics.session import SessionFigures

NOON = datetime(2026, 11, 5, 12, 0, 0, tzinfo=UTC)


def at(second: int) -> datetime:
    return NOON.replace(second=second)


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "state")


def session(store: SessionStore, second: int = 0) -> Path:
    folder = store.new(lambda: at(second))
    started(folder, SAID).close()
    return folder


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"MIMOSA_STATE_DIR": "/a", "XDG_STATE_HOME": "/b"}, Path("/a/sessions")),
        ({"XDG_STATE_HOME": "/b"}, Path("/b/mimosa/sessions")),
        ({}, Path.home() / ".local/state/mimosa/sessions"),
    ],
)
def test_sessions_live_where_the_environment_says(environment: dict[str, str], folder: Path) -> None:
    assert SessionStore.of_user(environment).folder == folder


def test_a_session_is_private(store: SessionStore) -> None:
    folder = session(store)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "events.jsonl").stat().st_mode) == 0o600


def test_ids_sort_by_time_and_differ(store: SessionStore) -> None:
    folders = [session(store, second) for second in (1, 2, 2, 3)]
    assert len({folder.name for folder in folders}) == 4
    assert [name[:15] for name in store.ids()] == [f"20261105-12000{n}" for n in (3, 2, 2, 1)]


def test_a_session_is_found_by_any_unique_beginning_or_by_its_last_four_characters(store: SessionStore) -> None:
    first, second = session(store, 1), session(store, 2)
    assert store.find("20261105-120001") == first
    assert store.find(second.name) == second
    assert store.find(second.name[-4:]) == second
    assert store.find("last") == second


def test_what_cannot_be_found_is_told_with_what_there_is(store: SessionStore) -> None:
    with pytest.raises(SessionError, match="holds none yet"):
        store.find("x")
    names = [session(store, second).name for second in range(7)]
    with pytest.raises(SessionError, match=r"fits 7 sessions.*and 2 more.*Type more") as ambiguous:
        store.find("2026")
    assert names[-1] in str(ambiguous.value)
    with pytest.raises(SessionError, match="no session 'nope'"):
        store.find("nope")
    with pytest.raises(SessionError, match="no session ''"):
        store.find("")


def test_a_folder_that_is_no_session_is_not_listed(store: SessionStore) -> None:
    store.new()
    assert store.ids() == []
    assert list(SessionStore(store.folder / "nowhere").summaries()) == []


def test_a_summary_tells_how_a_session_stands(store: SessionStore) -> None:
    killed, answered, ended = (session(store, second) for second in (1, 2, 3))
    for folder, event in (
        (answered, TurnEnded(reason="answered")),
        (ended, SessionEnded(exit_code=0, summary="done", patch="p")),
    ):
        log = SessionLog.reopen(folder)
        log.append(event)
        log.close()
    with (killed / "events.jsonl").open("ab") as file:
        file.write(b'{"torn')
    newest_first = list(store.summaries())
    assert [summary.folder for summary in newest_first] == [ended, answered, killed]
    assert [summary.state for summary in newest_first] == ["ended", "answered", "unfinished"]
    assert [summary.events for summary in newest_first] == [3, 3, 2]
    assert newest_first[0].exit_code == 0
    assert newest_first[0].task == "t"


def test_what_comes_after_a_turn_does_not_make_it_unfinished(store: SessionStore) -> None:
    folder = session(store)
    log = SessionLog.reopen(folder)
    log.append(TurnEnded(reason="answered"))
    log.append(FilesApplied(before="a", after="b", paths=("a.txt",)))
    log.append(ServerMeasured(figures=SessionFigures(hit_rate=0.5)))
    log.close()
    summary = next(store.summaries())
    assert (summary.state, summary.events) == ("answered", 5)


def test_a_last_line_of_any_size_is_read(store: SessionStore) -> None:
    folder = session(store)
    for size in (BLOCK - 300, BLOCK, 3 * BLOCK):
        log = SessionLog.reopen(folder)
        log.append(Compacted(messages=(UserMessage(content="x" * size),), archive="", tokens_before=0))
        log.close()
        events = next(store.summaries()).events
    assert events == 5


def test_a_session_that_began_and_did_nothing_else_is_unfinished(store: SessionStore) -> None:
    folder = store.new()
    started(folder).close()
    assert next(store.summaries()).state == "unfinished"


def test_damaged_sessions_are_listed_as_such(store: SessionStore) -> None:
    for second, text in enumerate((b"", b"hello\n", b'{"event": {"version": 9}}\n')):
        folder = session(store, second)
        (folder / "events.jsonl").write_bytes(text)
    summaries = list(store.summaries())
    assert [summary.state for summary in summaries] == ["unreadable"] * 3
    assert all(summary.problem for summary in summaries)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="MIMOSA_STATE_DIR"):
        SessionStore(tmp_path / "file").new()
