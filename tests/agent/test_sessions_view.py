"""`mimosa sessions` on a terminal and through a pipe."""

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from sample_session import sample_events, started, write_sample, write_session

from agent import events as ev
from agent.export import list_sessions, sessions_json, sessions_lines, sessions_table, show
from agent.export.summary import summarize
from agent.export.visible import visible
from agent.export.words import count, duration, first_line, short_count
from agent.log import read_log
from agent.store import SessionStore

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    """Two sessions: the sample, and an older one whose log is damaged."""
    write_sample(tmp_path)
    damaged = tmp_path / "sessions" / "20261101-000000-aaaa"
    damaged.mkdir()
    (damaged / "events.jsonl").write_text('{"n": 0}\n')
    return SessionStore(tmp_path)


def _printed(folder: Path, *, terminal: bool, whole: bool = False, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal, color_system="standard" if terminal else None, width=width
    )
    show(read_log(folder), console, whole=whole)
    return out.getvalue()


def _sample(store: SessionStore) -> Path:
    return store.find("last")


@pytest.mark.parametrize("width", [60, 80, 100, 120, 150, 200])
def test_the_list_fits_the_terminal_and_keeps_id_and_outcome_whole(store: SessionStore, width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width)
    console.print(sessions_table(list_sessions(store), width))
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= width
    assert _sample(store).name in lines[1]
    assert "verified" in lines[1]
    assert "`slugify`" in lines[1]
    assert "20261101-000000-aaaa" in lines[2]
    assert "broken" in lines[2]


def test_a_wide_terminal_shows_every_column(store: SessionStore) -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(sessions_table(list_sessions(store), 200))
    head, row = out.getvalue().splitlines()[:2]
    assert head.split() == [
        "session",
        "when",
        "command",
        "outcome",
        "steps",
        "tokens",
        "task",
        "repository",
        "model",
    ]
    for cell in ("fix", " 11 ", "229k", "slugs", "mimo-v2-flash at 127.0.0.1:30000", "carry accents"):
        assert cell in row


def test_the_list_is_newest_first_and_no_longer_than_asked(store: SessionStore) -> None:
    assert [entry.session[:6] for entry in list_sessions(store)] == ["202611", "202611"]
    assert [entry.session for entry in list_sessions(store, 1)] == [_sample(store).name]
    assert len(list_sessions(store, 0)) == 2


def test_an_empty_store_is_an_empty_list(tmp_path: Path) -> None:
    listed = list_sessions(SessionStore(tmp_path / "nothing"))
    assert listed == ()
    assert sessions_table(listed, 80).row_count == 0


def test_a_pipe_gets_one_line_a_session_with_tabs(store: SessionStore) -> None:
    first, second = sessions_lines(list_sessions(store)).splitlines()
    cells = first.split("\t")
    assert len(cells) == len(second.split("\t")) == 9
    assert cells[3:7] == ["verified", "11", "229k", "`slugify` drops letters that carry accents"]


def test_a_program_gets_json_with_all_figures(store: SessionStore) -> None:
    sample, broken = json.loads(sessions_json(list_sessions(store)))
    assert sample["outcome"] == "verified"
    assert sample["steps"] == 11
    assert sample["tokens_read"] > sample["tokens_cached"] > 157_301
    assert sample["model_seconds"] == pytest.approx(72.3, abs=1)
    assert broken["outcome"] == "broken"
    assert "does not say its version" in broken["problem"]


def test_a_pipe_gets_plain_whole_lines(store: SessionStore) -> None:
    text = _printed(_sample(store), terminal=False)
    assert "\x1b" not in text
    long_line = next(line for line in text.splitlines() if "NFKD first." in line)
    assert "  The cause is the order" in long_line
    assert max(map(len, text.splitlines())) > 100  # nothing was wrapped at the width of a terminal
    assert not [line for line in text.splitlines() if line.endswith("  ") and line.strip()]


def test_a_terminal_gets_dim_thinking_and_coloured_diffs(store: SessionStore) -> None:
    text = _printed(_sample(store), terminal=True)
    assert re.search(r"\x1b\[[0-9;]*2[0-9;]*m[^\n]*The cause is the order", text)
    assert "\x1b[32m+import unicodedata\x1b[0m" in text
    assert "\x1b[31m-    words = WORD.findall" in text


def test_long_output_is_cut_to_head_and_tail_unless_all_is_asked_for(store: SessionStore) -> None:
    cut = _printed(_sample(store), terminal=False)
    assert "test_case[1] PASSED" in cut
    assert "… 234 lines left out …" in cut
    assert "1 failed, 239 passed" in cut
    whole = _printed(_sample(store), terminal=False, whole=True)
    assert "test_case[120] PASSED" in whole
    assert "left out" not in whole


def test_nothing_in_a_session_can_drive_the_terminal(store: SessionStore) -> None:
    text = ANSI.sub("", _printed(_sample(store), terminal=True, whole=True))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "␛]0;pwned␇" in text


def test_every_kind_of_event_is_told(store: SessionStore) -> None:
    text = _printed(_sample(store), terminal=False)
    for words in (
        "mimosa fix  verified",
        "! asked again, attempt 1, after 0.7 s: the connection broke off",
        "! repaired call_in_thinking: ",
        "! guard errors: ",
        "── Context compacted  at 157,301 tokens, the archive is /mimosa/archive-1.md",
        "── User\nPlease keep the docstring as it is.",
        "── Mimosa\nOf 12 steps, 6 are left.",
        "── Turn ended  finished",
        "$ cat src/slugs/core.py\n  sed -n 1,40p",
        "── Patch  3 files",
    ):
        assert words in text


def _outcome(tmp_path: Path, *tail: ev.Event) -> str:
    replied = next(event for event in sample_events() if isinstance(event, ev.Replied))
    return summarize(read_log(write_session(tmp_path, [started(), replied, *tail]))).outcome.word


@pytest.mark.parametrize(
    ("exit_code", "word"),
    [
        (0, "done"),
        (1, "failed"),
        (3, "no fix"),
        (4, "limit"),
        (75, "unavailable"),
        (130, "interrupted"),
        (9, "exit 9"),
    ],
)
def test_the_exit_code_names_the_outcome_where_there_is_no_verdict(
    tmp_path: Path, exit_code: int, word: str
) -> None:
    assert _outcome(tmp_path, ev.SessionEnded(exit_code=exit_code, summary="", patch="")) == word


def test_a_session_that_never_ended_is_unfinished_and_one_that_spoke_has_answered(tmp_path: Path) -> None:
    assert _outcome(tmp_path) == "unfinished"
    (tmp_path / "b").mkdir()
    assert _outcome(tmp_path / "b", ev.TurnEnded(reason="answered")) == "answered"


def test_a_resumed_session_has_the_outcome_of_its_last_end(tmp_path: Path) -> None:
    replied = next(event for event in sample_events() if isinstance(event, ev.Replied))
    regressed = ev.Verified(verdict="regressed", reason="")
    ended = ev.SessionEnded(exit_code=130, summary="", patch="")
    assert _outcome(tmp_path, regressed, ended, ev.SessionResumed(checkpoint=0), replied) == "unfinished"


def test_figures_read_as_people_write_them() -> None:
    assert [duration(s) for s in (0.04, 4.25, 9.96, 59.6, 125, 3600, 3_900)] == [
        *("0.0 s", "4.2 s", "10 s", "1 min", "2 min 5 s", "1 h", "1 h 5 min")
    ]
    assert [short_count(n) for n in (0, 999, 1_000, 12_345, 99_960, 999_400, 1_200_000)] == [
        *("0", "999", "1.0k", "12.3k", "100k", "999k", "1.2M")
    ]
    assert count(1_234_567) == "1,234,567"
    assert first_line("\n\n## A title\nmore") == "A title"
    assert first_line("x" * 200, 10) == "x" * 9 + "…"


def test_controls_are_shown_and_text_is_left_alone() -> None:
    assert visible("tab\there\r\nCrème 日本語 👍") == "tab\there\nCrème 日本語 👍"
    assert visible("a\x00\x1b[2J\x7f\x9b\u202e\r") == "a␀␛[2J␡⟨009B⟩⟨202E⟩␍"
