"""Questions: permission, trust; and that no key of a message becomes an answer."""

from collections.abc import Callable

from chats import PROMPT, READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]


def bash(command: str) -> Reply:
    return Reply(calls=(Call("bash", {"command": command}),))


def last_result(server: ModelServer) -> str:
    content: str = server.asked[-1].json["messages"][-1]["content"]
    return content


def test_permission_is_asked_for(chat: Open, server: ModelServer) -> None:
    server.will(
        bash("touch one"),
        bash("touch two"),
        bash("touch three"),
        bash("rm -rf everything"),
        Reply(content="Answer."),
    )
    terminal = chat(mode="ask")
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("Yes, once")
    assert "touch one" in terminal.text()
    terminal.type("y")
    terminal.wait_for("allowed once")
    terminal.wait_for("touch two")
    terminal.wait_for("2  Yes, and for this session: touch *")
    terminal.type("2")
    terminal.wait_for("allowed for this session")
    terminal.wait_for("touch three", anywhere=True)  # is not asked for any more
    terminal.wait_for("rm -rf everything")
    terminal.wait_for("No, and tell it why")
    terminal.type("r")
    terminal.wait_for("What shall it do instead?")
    terminal.type("keep everything\r")
    terminal.wait_for("refused: keep everything")
    terminal.wait_for("Answer.")
    assert "keep everything" in last_result(server)


def test_what_is_allowed_for_a_session_is_told_when_it_goes_on_and_can_be_taken_back(
    chat: Open, server: ModelServer
) -> None:
    server.will(bash("touch one"), Reply(content="Answer 1."))
    terminal = chat(mode="ask")
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("2  Yes, and for this session: touch *")
    terminal.type("2")
    terminal.wait_for("Answer 1.")
    terminal.type("\x04\x04")
    terminal.wait_exit()

    again = chat("-c", mode="ask")
    again.wait_for("allowed for this session: touch *; /approve forget takes it back")
    server.will(bash("touch two"), Reply(content="Answer 2."), bash("touch three"), Reply(content="Answer 3."))
    again.type("on\r")
    again.wait_for("Answer 2.")
    again.type("/approve forget\r")
    again.wait_for("what you allowed for this session is asked for again")
    again.type("on\r")
    again.wait_for("Yes, once")
    again.type("n")
    again.wait_for("Answer 3.")
    again.type("/approve\r")
    again.wait_for("read-only  nothing is changed")
    again.settle()
    assert "takes it back" not in again.text()


def test_a_question_waits_for_the_end_of_a_word(chat: Open, server: ModelServer) -> None:
    server.will(bash("touch one"), Reply(content="Answer."))
    terminal = chat(mode="ask")
    terminal.wait_for(READY)
    terminal.type("begin\r")
    for _ in range(30):
        terminal.type("y")
        terminal.read(0.1)
        if server.asked:
            break
    for _ in range(10):
        terminal.type("y")
        terminal.read(0.1)
    assert "Yes, once" not in terminal.text()
    terminal.wait_for("Yes, once")
    terminal.type("\x1b")
    terminal.wait_for("refused")
    terminal.wait_for("Answer.")
    assert f"{PROMPT} yyyy" in terminal.text()


def test_trust_is_asked_for_once(desk: Desk, chat: Open, server: ModelServer) -> None:
    own = desk.repository / ".mimosa" / "commands"
    own.mkdir(parents=True)
    (own / "review.md").write_text("---\ndescription: look at a file\n---\nReview $1 with care.\n")
    server.will(Reply(content="Reviewed."))
    terminal = chat()
    terminal.wait_for("Do you trust this repository?")
    assert "review" in terminal.text()
    terminal.type("y")
    terminal.wait_for(READY)
    terminal.type("/rev")
    terminal.wait_for("look at a file (yours)")
    terminal.type("iew stats.py\r")
    terminal.wait_for("Reviewed.")
    assert server.asked[-1].json["messages"][-1]["content"] == "Review stats.py with care."
    terminal.type("\x04\x04")
    terminal.wait_exit()
    again = chat()
    again.wait_for(READY)
    assert "trust" not in again.text()
