"""The session log: what is in it when the program dies, and what is said of a log that cannot be used."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import SessionError
from agent.events import Event, GuardNoticed, ReasoningStreamed, SessionStarted, TurnEnded, UserSaid
from agent.log import SessionLog, read_log
from model_runtime.messages import SystemMessage, UserMessage

START = SessionStarted(
    session="s",
    command="fix",
    task="t",
    repository="/r",
    commit="",
    model="m",
    sandbox="local",
    context_length=1000,
    system=SystemMessage(content="You are tested."),
    tools=(),
)
SAID = UserSaid(message=UserMessage(content='line\nbreak, "quotes", ü, \u2028 and \x00'))


def started(folder: Path, *events: Event) -> SessionLog:
    log = SessionLog.create(folder)
    log.append(START, *events)
    return log


def test_events_come_back_as_they_were(tmp_path: Path) -> None:
    started(tmp_path, SAID).close()
    records = read_log(tmp_path)
    assert [record.event for record in records] == [START, SAID]
    assert [record.n for record in records] == [0, 1]


def test_an_event_is_in_the_file_before_append_returns(tmp_path: Path) -> None:
    log = started(tmp_path)
    log.append(SAID)
    assert read_log(tmp_path)[-1].event == SAID
    log.close()


def test_pieces_of_a_reply_are_not_logged(tmp_path: Path) -> None:
    started(tmp_path, ReasoningStreamed(text="hm"), SAID).close()
    assert [record.event.type for record in read_log(tmp_path)] == ["session_started", "user_said"]


@pytest.mark.parametrize("torn", [b"{", b'{"n": 2, "at": 1.0, "event"', b"\x00" * 40, '{"ü'.encode()[:-1]])
def test_a_torn_last_line_is_dropped_and_cut_off(tmp_path: Path, torn: bytes) -> None:
    started(tmp_path, SAID).close()
    path = tmp_path / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert len(read_log(tmp_path)) == 2
    assert path.read_bytes() == whole + torn, "reading changes nothing"
    log = SessionLog.reopen(tmp_path)
    log.append(TurnEnded(reason="answered"))
    log.close()
    assert [record.n for record in read_log(tmp_path)] == [0, 1, 2]


def test_every_length_of_a_torn_line_leaves_the_lines_before_it(tmp_path: Path) -> None:
    started(tmp_path, SAID).close()
    path = tmp_path / "events.jsonl"
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for size in range(first, len(whole)):
        path.write_bytes(whole[:size])
        assert [record.event for record in read_log(tmp_path)] == [START]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    started(tmp_path, SAID, SAID).close()
    path = tmp_path / "events.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"message"', b'"massage"')
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(SessionError, match="line 2, is damaged"):
        read_log(tmp_path)


def test_a_later_format_is_told_from_a_broken_file(tmp_path: Path) -> None:
    started(tmp_path).close()
    path = tmp_path / "events.jsonl"
    record = json.loads(path.read_text())
    record["event"] |= {"version": 7, "new_field": True}
    path.write_text(json.dumps(record) + "\n")
    with pytest.raises(SessionError, match=r"format version 7.*reads version 1"):
        read_log(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), ("hello\n", "no session log"), ('{"event": 3}\n', "no session")]
)
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "events.jsonl").write_text(text)
    with pytest.raises(SessionError, match=words):
        read_log(tmp_path)


def test_a_missing_log_is_a_session_error(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot be read"):
        SessionLog.reopen(tmp_path)


def test_a_session_is_begun_only_once(tmp_path: Path) -> None:
    started(tmp_path).close()
    with pytest.raises(SessionError, match="already a session"):
        SessionLog.create(tmp_path)
    SessionLog.reopen(tmp_path).close()


def test_one_process_at_a_time_appends(tmp_path: Path) -> None:
    log = started(tmp_path)
    with pytest.raises(SessionError, match=f"in use by process {os.getpid()}"):
        SessionLog.reopen(tmp_path)
    assert len(read_log(tmp_path)) == 1, "others may read"
    log.close()
    log.close()
    SessionLog.reopen(tmp_path).close()


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    started(tmp_path).close()
    program = f"""
from pathlib import Path
from agent.log import SessionLog
SessionLog.reopen(Path({str(tmp_path)!r}))
print("in", flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(SessionError, match=f"in use by process {other.pid}"):
            SessionLog.reopen(tmp_path)
        other.kill()
        other.wait()
    SessionLog.reopen(tmp_path).close()


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """In a process of its own: the limit on file size stands for the full disk."""
    started(tmp_path).close()
    program = f"""
import resource, signal
from pathlib import Path
from agent.errors import SessionError
from agent.events import GuardNoticed
from agent.log import SessionLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path({str(tmp_path)!r})
log = SessionLog.reopen(path)
size = (path / "events.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
try:
    log.append(GuardNoticed(guard="g", text="x" * 5000))
except SessionError as error:
    print(error)
log.append(GuardNoticed(guard="g", text=""))
log.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "cannot be written: File too large" in done.stdout
    assert [record.event for record in read_log(tmp_path)] == [START, GuardNoticed(guard="g", text="")]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
