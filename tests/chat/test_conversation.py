"""What one sees of a turn: what was typed, thinking, calls, diffs, the answer, the status."""

import json
from collections.abc import Callable

import pytest
from chats import PROMPT, READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]

EDIT = Call("str_replace", {"path": "stats.py", "old_str": "// 2 + 1]", "new_str": "// 2]"})


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50), (40, 20)])
def test_a_whole_turn(chat: Open, server: ModelServer, columns: int, rows: int) -> None:
    server.will(
        Reply(reasoning="One too high.", calls=(EDIT, Call("bash", {"command": "echo tested; exit 3"}))),
        Reply(
            reasoning="That was it.",
            content="# Done\n\nThe **index** was `one` too high: 漢字 and 🎉.\n\n- a\n- b\n",
        ),
    )
    terminal = chat(columns=columns, rows=rows)
    terminal.wait_for(READY)
    terminal.type("middle() is wrong\r")
    terminal.wait_for("• b", anywhere=True)
    terminal.settle()
    said = terminal.scrollback()
    for words in (
        "▌ middle() is wrong",
        "thought",
        "str_replace stats.py",
        "2 -     return",
        "2 +     return",
        "$ echo tested; exit 3",
        "  tested",
        "✗ exit 3",
        "Done",
        "one too high: 漢",
    ):
        assert said.count(words) == (2 if words == "thought" else 1), f"{words!r} in:\n{said}"
    assert "**" not in said
    assert all(len(line) <= columns for line in said.split("\n"))
    bottom = terminal.text().split("\n")
    assert bottom[-2].startswith(PROMPT)
    assert bottom[-1].startswith("auto")


def test_what_is_typed_before_the_session_is_open_is_sent(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.will(Reply(reasoning="Hm.", content="Good morning."))
    terminal = chat()
    terminal.wait_for(PROMPT)
    assert READY not in terminal.text()
    terminal.type("hello\r")
    terminal.wait_for("Good morning.")
    log = desk.sessions[0] / "events.jsonl"
    types = [json.loads(line)["event"]["type"] for line in log.read_text().splitlines()]
    # It waited for the session, so it may be in the log as a message that waits before it is one that was said.
    talk = [type for type in types if type in ("session_started", "user_said", "replied")]
    assert talk == ["session_started", "user_said", "replied"], "on disk before it is on screen"


def test_no_server_is_told_and_tried_again(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.close()
    terminal = chat()
    terminal.wait_for("✗")
    assert PROMPT in terminal.text()
    terminal.type("hello\r")
    terminal.wait_for("Enter tries again")
    assert "waiting: hello" in terminal.text()
    port = int(desk.url.split(":")[2].split("/")[0])
    with ModelServer(Reply(content="Here again."), port=port):
        terminal.type("\r")
        terminal.wait_for("Here again.")
    assert "▌ hello" in terminal.scrollback()
