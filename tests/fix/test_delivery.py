"""What becomes of a patch: refused before the work where that can be known, else told with the result."""

import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest
from fix_bench import BUGGY, EDIT, FINISH, FIXED, ISSUE, RUN_TESTS, Mimosa, git, works
from model_server import ModelServer, Reply


@pytest.fixture
def local(server: ModelServer, repository: Path) -> tuple[str | Path, ...]:
    return ("fix", "--repo", repository, "--sandbox", "local", "--base-url", server.url)


@pytest.mark.parametrize(
    ("option", "target", "words"),
    [
        ("--branch", "taken", "exists already"),
        ("--branch", "main", "is checked out"),
        ("--branch", "a..b", "cannot be the name"),
        ("--patch", "/no/such/folder/fix.diff", "no folder /no/such/folder"),
        ("--patch", "/", "is a folder"),
    ],
)
def test_what_cannot_be_delivered_is_told_before_the_model_is_asked(
    mimosa: Mimosa,
    server: ModelServer,
    repository: Path,
    local: tuple[str, ...],
    option: str,
    target: str,
    words: str,
) -> None:
    git(repository, "checkout", "-q", "-b", "taken")
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(repository, "checkout", "-q", "main")
    done = mimosa(*local, ISSUE, option, target, "--json")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert server.asked == []
    assert mimosa.sessions == []


def test_a_patch_that_no_longer_fits_is_still_told_to_a_program(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...]
) -> None:
    def while_the_user_edits(_request: object) -> Reply:
        (repository / "stats.py").write_text(BUGGY.replace("+ 1", "+ 2"))
        return Reply(calls=(EDIT, RUN_TESTS))

    server.will(while_the_user_edits, Reply(calls=(FINISH,)))
    done = mimosa(*local, ISSUE, "--apply", "--json")
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode == 1
    assert told["verdict"] == "verified"
    assert "does not fit" in done.stderr
    assert Path(told["patch_file"]).read_text() == told["patch"]


@pytest.mark.parametrize("key", [b"\x03", b"\x04", b"y\n"])
def test_the_question_takes_no_for_an_answer(
    mimosa: Mimosa, server: ModelServer, repository: Path, local: tuple[str, ...], key: bytes
) -> None:
    server.will(*works())
    terminal, theirs = pty.openpty()
    running = subprocess.Popen(
        mimosa.command(*local, ISSUE),
        env=mimosa.variables() | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=make_it_the_controlling_terminal,
    )
    os.close(theirs)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(terminal, 4096)
    time.sleep(0.5)  # nobody is faster; a Ctrl-C in the instant before `input` reads would wait for the next key
    os.write(terminal, key)
    while piece := read(terminal):
        seen += piece
    os.close(terminal)
    assert running.wait(30) == 0, seen.decode()
    assert b"Traceback" not in seen
    assert (b"not applied; to apply it:" in seen) == (key != b"y\n")
    assert (repository / "stats.py").read_text() == (FIXED if key == b"y\n" else BUGGY)


def make_it_the_controlling_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read(terminal: int) -> bytes:
    """What comes next, nothing once the other end is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_locale_without_unicode_costs_signs_and_nothing_else(
    mimosa: Mimosa, server: ModelServer, local: tuple[str, ...]
) -> None:
    mimosa.environment |= {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    server.will(*works())
    done = mimosa(*local, "middle() of [3, 1, 2] is 3 → not 2 ✗")
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert "Step 1" in mimosa("sessions", "show", "last").stdout
