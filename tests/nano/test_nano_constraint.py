"""What a reply may go on with."""

from pathlib import Path

import pytest

from model_runtime.base import ChatRequest, Completed, Sampling, ToolSchema
from model_runtime.messages import SystemMessage, UserMessage
from model_runtime.nano.client import NanoModel
from model_runtime.nano.constraint import END_OF_VALUE, Constraint, open_brackets
from model_runtime.nano.template import head
from model_runtime.nano.words import Learned


def tool(name: str, *required: str) -> ToolSchema:
    properties = {key: {"type": "string"} for key in (*required, "optional")}
    return ToolSchema(
        name=name,
        description="",
        parameters={"type": "object", "properties": properties, "required": list(required)},
    )


TOOLS = (tool("bash", "command"), tool("str_replace", "path", "old_str", "new_str"))
READ = '''It is in ./lib/sizes.py:3
def area(width, height):
    """At most 12."""
    return width + height


def edge(size):
    return size
[exit code 0]'''
LEARNED = Learned(frozenset([b"fails", b"Read"]), frozenset([b"max", b".append", b"0"]))
AREA = READ[READ.index("def area") : READ.index("\n\n\ndef edge")]
QUOTED = (
    "<tool_call>\n<function=str_replace>\n<parameter=path>./lib/sizes.py</parameter>\n<parameter=old_str>"
    f"{AREA}</parameter>\n<parameter=new_str>"
)
END = "</parameter>\n</function>\n</tool_call><|im_end|>"


def may(said: str, token: str, learned: Learned | None = LEARNED) -> bool:
    return Constraint(head("", TOOLS) + READ, READ, TOOLS, learned).behind(said.encode())(token.encode())


@pytest.mark.parametrize(
    "call",
    [
        f"<tool_call>\n<function=bash>\n<parameter=command>Read ./lib/sizes.py{END}",
        f"{QUOTED}{AREA.replace('+', '*')}{END}",
    ],
)
def test_a_call_that_is_as_it_should_be_may_be_said_token_by_token(call: str) -> None:
    """Marks are one token each, all else comes character by character."""
    said = ""
    while rest := call[len(said) :]:
        marks = (
            "<tool_call>",
            "</tool_call>",
            "<function=",
            "</function>",
            "<parameter=",
            "</parameter>",
            "<|im_end|>",
        )
        token = next((mark for mark in marks if rest.startswith(mark)), rest[0])
        assert may(said, token), (said, token)
        said += token


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ("Read ", "</tool_call>"),
        ("", "<function="),
        ("<tool_call>\n<function=", "python"),
        ("<tool_call>\n<function=bash>\n<parameter=", "path"),
        ("<tool_call>\n<function=bash>\n<parameter=", "optional"),
        ("<tool_call>\n<function=bash>\n", "</function>"),
        ("<tool_call>\n<function=str_replace>\n<parameter=", "old_str"),
        (
            "<tool_call>\n<function=bash>\n<parameter=command>Read</parameter>\n</function>\n</tool_call>",
            "<tool_call>",
        ),
    ],
)
def test_a_call_that_would_be_broken_is_not_said(said: str, token: str) -> None:
    assert not may(said, token, None)


def test_what_a_parameter_says_has_no_marks() -> None:
    command = "<tool_call>\n<function=bash>\n<parameter=command>Read "
    for mark in ("<tool_call>", "<function=", "<parameter=", "</tool_call>", "<think>", "<|im_end|>"):
        assert not may(command, mark, None), mark
    assert may(command, "</parameter>", None)


def test_a_thought_comes_to_an_end() -> None:
    long = "<think>[" + "10, " * 48
    assert may(long[:-4], "10", None)
    assert not may(long, "10", None)
    assert may(long, "</think>", None)
    assert may(f"{long}</think>", "<tool_call>", None)
    assert not may(f"{long}</think>", "10", None)
    assert may("<think>10</think>" + "Read " * 50, "lib", None), "what is said behind it may be long"


def test_without_tools_nothing_is_called() -> None:
    assert not Constraint(READ, READ, ()).behind(b"")(b"<tool_call>")


def test_what_is_replaced_is_quoted_in_whole_lines() -> None:
    begun = QUOTED[: QUOTED.index(AREA)]
    assert may(begun, "def ")
    assert may(begun, "    return ")
    assert not may(begun, "area")
    assert may(begun + "def ", "edge")
    assert not may(begun + "def ", "size")
    assert not may(begun + "def area(width", END_OF_VALUE.decode())
    assert may(begun + "def area(width, height):", END_OF_VALUE.decode())


def test_a_path_is_a_whole_one_that_was_read() -> None:
    begun = QUOTED[: QUOTED.index("./lib")]
    assert may(begun, "./")
    assert may(begun + "./lib", "/sizes")
    assert not may(begun, "lib")
    assert not may(begun + "./lib", "/size_")
    assert not may(begun, END_OF_VALUE.decode())
    assert not may(begun + "./lib/sizes", END_OF_VALUE.decode())
    assert may(begun + "./lib/sizes.py", END_OF_VALUE.decode())


def test_a_path_from_here_on_is_one_that_was_shown_wherever_it_is_said() -> None:
    for said in ("<think>Read ", "<tool_call>\n<function=bash>\n<parameter=command>Read "):
        assert may(f"{said}./lib", "/sizes", None)
        assert not may(f"{said}./lib", "/size_", None)
        assert may(f"{said}./lib/sizes.py", ".", None), "a full stop"
        assert may(f"{said}./lib/sizes.py.", " ", None)
        assert not may(f"{said}./lib/sizes", " ", None)
        assert may(f"{said}.", " ", None)


def test_what_is_put_in_names_what_stood_there_or_was_learned() -> None:
    for code, token in (
        ("    return ", "width"),
        ("    return m", "ax("),
        ("    return ", "0"),
        ("    return ", "12"),
    ):
        assert may(QUOTED + code, token), token
    for code, token in (
        ("    return ", "size"),
        ("    return ", "append"),
        ("    return width.", "height"),
        ("    ", "x"),
    ):
        assert not may(QUOTED + code, token), token
    assert may(QUOTED + '    """At most ', "size"), "a string says what was read"
    assert not may(QUOTED + '    """At most ', "sized")
    assert may(QUOTED + "    return ", "anything", None)


def test_what_is_put_in_is_a_small_change() -> None:
    lines = "width\n" * 5
    assert may(QUOTED + lines, "width")
    assert may(QUOTED + lines[:-1], "\n")
    assert not may(QUOTED + lines + "width", "\n")
    assert not may(QUOTED + "width + " * 15, "width")


def test_brackets_are_closed_and_only_open_ones() -> None:
    assert may(QUOTED + "(width[0", "]")
    assert not may(QUOTED + "(width[0", ")")
    assert not may(QUOTED + "width", ")")
    assert not may(QUOTED + "(width", END_OF_VALUE.decode())
    assert may(QUOTED + "(width)", END_OF_VALUE.decode())


@pytest.mark.parametrize(
    ("code", "open_"), [(b"f(a[1]", b"("), (b"f('(')", b""), (b"f)", None), (b"(]", None), (b"# (\n", b"")]
)
def test_open_brackets(code: bytes, open_: bytes | None) -> None:
    assert open_brackets(code) == open_


def test_other_words_were_read_or_learned() -> None:
    assert may("<think>area ", "fails")
    assert may("<think>The", " ") is False
    assert may("<think>siz", "es")
    assert not may("<think>siz", "er")
    assert may("<think>siz", "er", None)


async def test_a_model_that_would_say_anything_keeps_to_it(checkpoint: Path) -> None:
    """Random weights, drawn from: without the rule, marks stand anywhere."""
    sampling = Sampling(temperature=2.0, max_tokens=60)
    asked = ChatRequest(
        (SystemMessage(content="You repair."), UserMessage(content=READ)), TOOLS, sampling=sampling
    )
    (completed,) = [d async for d in NanoModel(checkpoint).chat(asked) if isinstance(d, Completed)]
    spoken, _, call = completed.message.content.partition("<tool_call>")
    assert not any(mark in spoken for mark in ("</tool_call>", "<function=", "<parameter="))
    assert any(f"\n<function={each.name}>"[: len(call)] == call[: len(each.name) + 12] for each in TOOLS)
