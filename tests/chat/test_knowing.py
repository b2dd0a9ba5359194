"""What the model knows and can use, as one sees it in the chat."""

from collections.abc import Callable

from chats import READY, Desk
from model_server import Call, ModelServer, Reply
from terminal import Terminal

Open = Callable[..., Terminal]

CONFIG = """
[hooks.lint]
on = "after_tool"
command = "true"

[mcp.gone]
command = "no-such-server"
"""
SKILL = "---\nname: release\ndescription: How a release is made\n---\nRun it.\n"
AGENT = "---\nname: reviewer\ndescription: reads a change\n---\nRead it.\n"
TODO = Call("todo", {"items": [{"text": "look", "status": "done"}, {"text": "mend it", "status": "doing"}]})


def furnish(desk: Desk) -> None:
    own = desk.home / ".config" / "mimosa"
    for path, text in (("config.toml", CONFIG), ("skills/release/SKILL.md", SKILL), ("agents/reviewer.md", AGENT)):
        (own / path).parent.mkdir(parents=True, exist_ok=True)
        (own / path).write_text(text)
    (desk.repository / "AGENTS.md").write_text("Say please.\n" * 40)


def test_commands_show_what_there_is(desk: Desk, chat: Open, server: ModelServer) -> None:
    furnish(desk)
    server.will(Reply(reasoning="I plan.", calls=(TODO,)), Reply(content="Begun."))
    terminal = chat(columns=100, rows=50)
    terminal.wait_for(READY)
    terminal.wait_for("MCP server gone is not there")
    for command, words in (
        ("/skills", "release  How a release is made"),
        ("/agents", "reviewer  reads a change"),
        ("/mcp", "gone  failed"),
        ("/hooks", "lint  after_tool  true"),
        ("/todo", "the model has no list"),
    ):
        terminal.type(f"{command}\r")
        terminal.wait_for(words)
    terminal.type("begin\r")
    terminal.wait_for("Begun.")
    assert "✓ look" in terminal.scrollback() and "▸ mend it" in terminal.scrollback()
    terminal.type("/todo\r")
    terminal.settle()
    assert terminal.scrollback().count("▸ mend it") == 2
    terminal.type("/context\r")
    terminal.wait_for("results")
    shown = terminal.text()
    assert all(words in shown for words in ("AGENTS.md", "skills", "system prompt", "tools", "thinking", "tokens"))


FAILING = """
[hooks.broken]
on = "before_tool"
command = "echo no such scanner >&2; exit 3"

[hooks.hangs]
on = "after_tool"
command = "sleep 60"
timeout_s = 0.5

[hooks.gone]
on = "turn_end"
command = "no-such-program"
"""


def test_a_hook_that_fails_is_told_in_the_chat_and_again_when_the_session_goes_on(
    desk: Desk, chat: Open, server: ModelServer
) -> None:
    desk.configure(FAILING)
    server.will(Reply(calls=(Call("bash", {"command": "echo ran"}),)), Reply(content="Answer."))
    terminal = chat(columns=120, rows=40)
    terminal.wait_for(READY)
    terminal.type("begin\r")
    told = (
        "hook broken failed with exit code 3: no such scanner",
        "hook hangs was ended after 0.5 s",
        "hook gone failed with exit code 127",
    )
    for words in told:
        terminal.wait_for(words)
    terminal.settle()
    assert "Answer." in terminal.text() and "  ran" in terminal.text(), "nothing of it blocks the work"
    assert all(terminal.text().count(words) == 1 for words in told)
    terminal.type("\x04\x04")
    terminal.wait_exit()
    again = chat("-c", columns=120, rows=40)
    again.wait_for(READY)
    again.settle()
    assert all(again.text().count(words) == 1 for words in told)


def test_plan_mode_is_shown_and_the_plan_is_accepted(chat: Open, server: ModelServer) -> None:
    server.will(
        Reply(calls=(Call("bash", {"command": "touch x"}),)),
        Reply(calls=(Call("plan", {"plan": "1. Mend **middle()**."}),)),
        Reply(content="Now I do it."),
    )
    terminal = chat(columns=100, rows=40)
    terminal.wait_for(READY)
    terminal.type("/plan mend it\r")
    terminal.wait_for("Allow it to carry out this plan?")
    assert terminal.text().split("\n")[-1].startswith("plan")
    assert "y  Yes\n" in terminal.text(), "a plan is not allowed for once"
    terminal.type("y")
    terminal.wait_for("  accepted")
    terminal.wait_for("Now I do it.")
    terminal.settle()
    assert "plan mode: only reading goes" in terminal.scrollback()
    assert terminal.text().split("\n")[-1].startswith("auto")
    assert terminal.scrollback().count("Mend middle()") == 1 and "**" not in terminal.scrollback()
    assert "The plan is accepted" not in terminal.scrollback(), "the answer stands there already"
    terminal.type("\x04\x04")
    terminal.wait_exit()
    again = chat("-c", columns=100, rows=40)
    again.wait_for(READY)
    again.settle()
    assert again.text().count("Mend middle()") == 1 and "**" not in again.text()
    assert "The plan is accepted" in again.text()
