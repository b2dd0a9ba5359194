"""The input line: several lines, pastes, completion, history, the editor."""

from collections.abc import Callable

from chats import PROMPT, READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]


def asked(server: ModelServer) -> list[str]:
    """What the user said, as the server got it."""
    return [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "user"]


def answered(terminal: Terminal, number: int) -> None:
    terminal.wait_for(f"Answer {number}.", anywhere=True)
    terminal.wait_until_gone("waiting for the model")


def test_writing_a_message(desk: Desk, chat: Open, server: ModelServer) -> None:
    server.will(*(Reply(content=f"Answer {number}.") for number in range(1, 6)))
    editor = desk.home / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/draft/final/' \"$1\"\n")
    editor.chmod(0o755)
    terminal = chat(variables={"EDITOR": str(editor)})
    terminal.wait_for(READY)

    terminal.type("one\x1b\rtwo\nthree\\\rfour")  # Alt-Enter, Ctrl-J, a backslash before Enter
    terminal.wait_for("four")
    assert [line.strip() for line in terminal.lines() if line.strip()][-5:-1] == [
        f"{PROMPT} one",
        "two",
        "three",
        "four",
    ]
    terminal.type("\r")
    answered(terminal, 1)
    assert asked(server) == ["one\ntwo\nthree\nfour"]

    terminal.paste("first\nsecond")
    terminal.wait_for("second")
    terminal.paste("\n".join(f"line {number}" for number in range(400)))
    terminal.wait_for("[pasted 400 lines #1]")
    terminal.type("\r")
    answered(terminal, 2)
    assert asked(server)[-1].startswith("first\nsecondline 0\n")
    assert asked(server)[-1].endswith("line 399")

    terminal.type("look at @read")
    terminal.wait_for("src/reader.py")
    terminal.type("\t")
    terminal.wait_for("@src/reader.py")
    terminal.type("\rand\r")  # the first Enter takes the completion
    answered(terminal, 3)
    assert asked(server)[-1] == "look at `src/reader.py` and"

    terminal.type("a draft")
    terminal.type("\x07")  # Ctrl-G
    terminal.wait_for(f"{PROMPT} a final")
    terminal.type("\r")
    answered(terminal, 4)
    assert asked(server)[-1] == "a final"

    terminal.type("\x1b[A")
    terminal.wait_for(f"{PROMPT} a final")
    terminal.type("\x03")
    terminal.wait_until_gone(f"{PROMPT} a final")

    terminal.type("\x04")
    terminal.wait_for("Ctrl-D again leaves")
    terminal.type("\x04")
    assert terminal.wait_exit() == 0
    assert terminal.is_sane()
    assert f"--resume {desk.sessions[0].name.rpartition('-')[2]}" in terminal.text()

    later = chat()
    later.wait_for(PROMPT)
    later.type("\x12secon")  # Ctrl-R, across sessions
    later.wait_for("secondline 0")
    later.type("\x03")


def test_queue_steer_and_take_back(chat: Open, server: ModelServer) -> None:
    slow = "one two three four five six. " * 20
    server.will(Reply(content=slow, delay_s=0.05), Reply(content="Answer 2."), Reply(content="Answer 3."))
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("answering")
    terminal.type("afterwards\r")
    terminal.wait_for("waiting: afterwards")
    terminal.type("not this\r")
    terminal.wait_for("waiting: not this")
    terminal.type("\x1b[A")
    terminal.wait_for(f"{PROMPT} not this")
    terminal.type("\x03")  # interrupts: something goes on
    terminal.wait_for("interrupted", anywhere=True)
    terminal.wait_for("1 waiting")
    terminal.type("\x03\r")  # empties the line; Enter sends what waits
    terminal.wait_for("Answer 2.")
    assert asked(server)[-1] == "afterwards"


def test_ctrl_s_steers_and_esc_ends_the_command_and_then_the_turn(chat: Open, server: ModelServer) -> None:
    server.will(
        Reply(calls=(Call("bash", {"command": "sleep 3; echo slept"}),)),
        Reply(content="Answer 2."),
        Reply(calls=(Call("bash", {"command": "echo begun; sleep 600"}),)),
        Reply(content="Answer 4."),
    )
    terminal = chat()
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("running")
    terminal.type("use spaces\x13")
    terminal.wait_for("Answer 2.")
    assert [message["role"] for message in server.asked[-1].json["messages"]][-2:] == ["tool", "user"]
    assert asked(server)[-1] == "use spaces"

    terminal.settle()
    terminal.type("again\r")
    terminal.wait_for("begun")
    terminal.wait_for("running")
    terminal.type("\x1b")
    terminal.wait_for("interrupted;", seconds=15, anywhere=True)
    assert "✗" in terminal.scrollback()
    terminal.type("\r")  # goes on from where it was
    terminal.wait_for("Answer 4.")
    assert "begun" in server.asked[-1].json["messages"][-1]["content"]
