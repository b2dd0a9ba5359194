"""The edits of a session, and what its files hold by now. The answers are those of the real tool."""

from random import Random

import pytest

from evals.lessons.talk import Talk
from model_runtime.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage
from model_runtime.nano.edits import Edit, edits_of, shown

FILES = {"a.py": "one = 1\ntwo = 2\n"}


@pytest.fixture
def talk() -> Talk:
    made = Talk(FILES, "It is broken.", "python3 -m pytest", Random(0))
    made.bash("Read it.", "cat ./a.py")
    return made


def test_an_edit_is_done_if_the_tool_says_so(talk: Talk) -> None:
    talk.replace("", "./a.py", "two = 2", "two = 3")
    talk.replace("", "./a.py", "two = 2", "two = 4")
    talk.replace("", "./a.py", "one = 1", "one = 1")
    assert list(edits_of(talk.messages)) == [
        Edit(3, "two = 2", "two = 3", done=True),
        Edit(5, "two = 2", "two = 4", done=False),
        Edit(7, "one = 1", "one = 1", done=False),
    ]


def test_a_file_is_shown_as_edits_have_left_it(talk: Talk) -> None:
    assert "\ntwo = 2\n" in shown(talk.messages)
    talk.replace("Wrong.", "./a.py", "two = 2", "two = 3")
    talk.replace("Wrong.", "./a.py", "one = 1", "one = 1")
    now = shown(talk.messages)
    assert now.startswith("one = 1\ntwo = 3\n")
    assert "two = 2" not in now
    assert "Wrong." not in now, "what it said itself is nothing that it read"
    assert "It is broken." not in now, "what the user says is no file"


def test_what_is_read_after_an_edit_stays_as_it_was_read(talk: Talk) -> None:
    talk.replace("", "./a.py", "two = 2", "two = 3")
    talk.messages.append(ToolMessage(tool_call_id="call_9", content="b.py:1:two = 2"))
    assert shown(talk.messages).endswith("b.py:1:two = 2\n")


def test_an_edit_without_an_answer_is_none_yet() -> None:
    call = ToolCall(id="call_0", name="str_replace", arguments='{"path": "a", "old_str": "", "new_str": "b"}')
    said = (SystemMessage(content="You repair."), AssistantMessage(tool_calls=(call,)))
    assert list(edits_of(said)) == []
    assert shown(said) == ""


def test_a_new_file_takes_nothing_out() -> None:
    call = ToolCall(id="call_0", name="str_replace", arguments='{"path": "a", "old_str": "", "new_str": "b"}')
    answer = ToolMessage(tool_call_id="call_0", content="a now reads, around the change:\n     1  b")
    said = (SystemMessage(content="You repair."), AssistantMessage(tool_calls=(call,)), answer)
    assert shown(said).startswith("a now reads")
