"""Slash commands on a session's files, its time and its other sessions; and the user's own shell commands."""

from collections.abc import Callable

from chats import FILES, PROMPT, READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]
EDIT = Call("str_replace", {"path": "stats.py", "old_str": "// 2 + 1]", "new_str": "// 2]"})
LONG = Call("bash", {"command": "seq 1 300"})


def test_files_and_time(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.will(Reply(calls=(EDIT, LONG)), Reply(content="Answer 1."), Reply(content="Answer 2."))
    terminal = chat(rows=40, variables={"PAGER": "cat"})
    terminal.wait_for(READY)
    terminal.type("mend it\r")
    terminal.wait_for("Answer 1.")
    terminal.wait_for("… 291 lines; /show opens all of them", anywhere=True)
    terminal.type("/show\r")
    terminal.wait_for("\n150\n", anywhere=True)

    terminal.type("/diff\r")
    terminal.wait_for("stats.py  +1 -1")
    assert (desk.repository / "stats.py").read_text() == FILES["stats.py"]
    terminal.type("/apply\r")
    terminal.wait_for("applied")
    assert "// 2]" in (desk.repository / "stats.py").read_text()
    terminal.type("/apply\r")
    terminal.wait_for("changed nothing that you do not have")

    terminal.type("!echo from me; exit 4\r")
    terminal.wait_for("✗ exit 4")
    terminal.type("and now\r")
    terminal.wait_for("Answer 2.")
    assert any("from me" in str(message["content"]) for message in server.asked[-1].json["messages"])

    terminal.settle()
    terminal.type("/undo\r")
    terminal.wait_for(f"{PROMPT} and now")  # to be said otherwise
    terminal.type("\x03")
    terminal.wait_until_gone(f"{PROMPT} and now")
    terminal.type("/redo\r")
    terminal.wait_for("done again")
    terminal.type("/checkpoint here\r")
    terminal.wait_for("this moment is called")
    terminal.type("/rewind here\r")
    terminal.wait_for("back at here")

    target = desk.repository / "told.html"
    terminal.type(f"/export {target}\r")
    terminal.wait_for("bytes")
    assert "Answer 2." in target.read_text()
    terminal.type("/usage\r")
    terminal.wait_for("tokens a second")


def test_other_sessions_and_other_models(chat: Open, server: ModelServer) -> None:
    server.will(Reply(content="Answer 1."), Reply(content="Answer 2."), Reply(content="Answer 3."))
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("the first session\r")
    terminal.wait_for("Answer 1.")
    terminal.settle()
    terminal.type("/clear\r")
    terminal.wait_for("a new session")
    terminal.type("the second session\r")
    terminal.wait_for("Answer 2.")
    terminal.settle()
    terminal.type("/resume\r")
    terminal.wait_for("the first session  ")  # in the list
    terminal.type("\r")
    terminal.wait_for("goes on where it was")
    terminal.type("/fork\r")
    terminal.wait_for("this is a copy")
    terminal.type("/profile generic\r")
    terminal.wait_for("from here on with profile generic")
    terminal.type("once more\r")
    terminal.wait_for("Answer 3.")
    said = [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "user"]
    assert said[0] == "the first session" and said[-1] == "once more"
    terminal.type("/sessions\r")
    terminal.wait_for("the second session", anywhere=True)
    terminal.type("/mod\r")  # enough to know it
    terminal.wait_for("/model NAME changes it")


def test_a_picture_and_a_wrong_mode(desk: Desk, chat: Open, server: ModelServer) -> None:
    (desk.repository / "shot.png").write_bytes(b"\x89PNG")
    server.will(Reply(content="Answer 1."))
    terminal = chat(mode="read-only")
    terminal.wait_for("read-only")
    terminal.wait_for(READY)
    terminal.type("\x1b[Z")  # Shift-Tab
    terminal.wait_for("ask · ")
    terminal.type("see @shot.png \r")
    terminal.wait_for("Answer 1.")
    assert "is sent no pictures" in terminal.text()
    wrong = chat(mode="everything")
    assert wrong.wait_exit() == 2
    assert "read-only" in wrong.text() and wrong.is_sane()
