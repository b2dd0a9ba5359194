"""Slash commands on single hunks, jobs, thinking, the history and the model."""

from collections.abc import Callable

from chats import FILES, READY, Desk, git
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]
LINES = [f"line {number}" for number in range(1, 41)]


def bash(command: str) -> Reply:
    return Reply(calls=(Call("bash", {"command": command}),))


def add_long_file(desk: Desk) -> None:
    (desk.repository / "long.txt").write_text("\n".join(LINES) + "\n")
    git(desk.repository, "add", "-A")
    git(desk.repository, "commit", "-q", "-m", "a long file")


def test_hunks_conflicts_jobs_and_thinking(desk: Desk, chat: Open, server: ModelServer) -> None:
    add_long_file(desk)
    long, stats = desk.repository / "long.txt", desk.repository / "stats.py"
    server.will(
        bash("sed -i 's/^line 2$/LINE 2/; s/^line 38$/LINE 38/' long.txt; sed -i 's,// 2 + 1,// 2,' stats.py"),
        bash("sleep 600"),
        Reply(reasoning="First thought.\nSecond thought.", content="Answer 1."),
        Reply(reasoning="Third thought.\nFourth thought.", content="Answer 2."),
    )
    terminal = chat(columns=100, rows=50, variables={"MIMOSA_SANDBOX_BACKGROUND_AFTER_S": "1"})
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("Answer 1.")
    assert "Second thought." not in terminal.text()

    terminal.type("/jobs\r")
    terminal.wait_for("2  runs  $ sleep 600")
    terminal.type("/jobs kill 2\r")
    terminal.wait_for("job 2 is ended")
    terminal.type("/jobs\r")
    terminal.wait_for("2  exit ")
    terminal.type("/jobs kill 7\r")
    terminal.wait_for("with the number of a job it lists")

    terminal.type("/thinking whole\r")
    terminal.wait_for("thinking is printed whole")
    terminal.type("and now\r")
    terminal.wait_for("Answer 2.")
    assert "Fourth thought." in terminal.text()
    terminal.type("/thinking\r")
    terminal.wait_for("thinking is folded")
    terminal.type("/thinking\r")
    terminal.settle()
    assert terminal.scrollback().count("thinking is printed whole") == 2
    terminal.type("/thinking sideways\r")
    terminal.wait_for("/thinking whole prints all of it")

    terminal.type("/apply long.txt:7\r")
    terminal.wait_for("long.txt has 2 hunks, counted from 1; 7 was named.")
    terminal.type("/apply long.txt:2\r")
    terminal.wait_for("applied 1 file: long.txt")
    changed = {37: "LINE 38"}
    assert long.read_text().splitlines() == [changed.get(at, line) for at, line in enumerate(LINES)]

    mine = FILES["stats.py"].replace("+ 1", "+ 0")
    stats.write_text(mine)
    terminal.type("/apply stats.py\r")
    terminal.wait_for("Whose version counts?")
    terminal.type("\x1b")
    terminal.wait_for("stats.py waits: you and the agent changed the same lines")
    assert stats.read_text() == mine
    terminal.type("/apply stats.py\r")
    terminal.wait_for("Whose version counts?")
    terminal.type("b")
    terminal.wait_for("applied 1 file: stats.py")
    both = stats.read_text()
    assert "<<<<<<<" in both and "// 2 + 0]" in both and "// 2]" in both


def test_compaction_and_another_model(chat: Open, server: ModelServer) -> None:
    assert isinstance(server.models, list)
    server.models.append({"id": "other", "object": "model", "owned_by": "sglang", "max_model_len": 32_768})
    server.will(
        Reply(content="Answer 1."),
        Reply(content="What was said of the index."),
        Reply(content="Answer 2."),
        Reply(content="Answer 3."),
        Reply(content="Answer 4."),
    )
    terminal = chat("--model", "mimo-v2-flash", rows=40)
    terminal.wait_for(READY)
    terminal.type("begin\r")
    terminal.wait_for("Answer 1.")
    terminal.type("/compact the index\r")
    terminal.wait_for("summed up: ")
    asked = str(server.asked[-1].json["messages"][-1]["content"])
    assert "the index" in asked
    assert asked.startswith("The user asks you") and "nearly full" not in asked
    terminal.type("and now\r")
    terminal.wait_for("Answer 2.")
    messages = server.asked[-1].json["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "user"]
    assert "What was said of the index." in messages[1]["content"]

    terminal.type("/model nosuch\r")
    terminal.wait_for("does not serve 'nosuch'", anywhere=True)
    terminal.wait_for(READY)  # it goes on with the model before
    terminal.type("who are you\r")
    terminal.wait_for("Answer 3.")
    assert terminal.scrollback().count("▌ begin") == 1  # what stands there is not told again
    assert server.asked[-1].json["model"] == "mimo-v2-flash"
    terminal.type("/model other\r")
    terminal.wait_for("from here on other answers")
    terminal.type("and you\r")
    terminal.wait_for("Answer 4.")
    assert server.asked[-1].json["model"] == "other"

    terminal.type("/config\r")  # in the pager
    terminal.wait_for("model.name")
    terminal.type("q")
    terminal.wait_for(READY)
    terminal.type("/doctor")
    terminal.wait_for(" /doctor")  # the chat reads keys again: until then the terminal makes another key of Enter
    terminal.type("\r")  # without more replies, the model is what is wrong
    terminal.wait_for("things are wrong", anywhere=True, seconds=80)
    said = terminal.scrollback()
    assert "sandbox.backend is local" in said and f"{server.url} serves" in said
