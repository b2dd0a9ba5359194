"""Calls in the model's own text form are read exactly as the model wrote them."""

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from model_asking import TOOLS

from model_runtime.repairs.written import find_calls, has_markup, without_calls

CALL = "<tool_call>\n<function=bash>\n<parameter=command>ls</parameter>\n</function>\n</tool_call>"


def render(name: str, arguments: dict[str, Any]) -> str:
    """A call as the chat template of MiMo-V2-Flash writes it."""
    lines = [f"<parameter={key}>{as_text(value)}</parameter>\n" for key, value in arguments.items()]
    return f"<tool_call>\n<function={name}>\n{''.join(lines)}</function>\n</tool_call>"


def as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def arguments_in(text: str) -> list[dict[str, Any]]:
    return [json.loads(call.arguments(TOOLS)) for call in find_calls(text)]


@given(st.dictionaries(st.sampled_from(["path", "old_str", "new_str"]), st.text(max_size=200)))
@settings(deadline=None)
def test_any_text_comes_back_exactly(values: dict[str, str]) -> None:
    assume(not any("</parameter>" in value for value in values.values()))
    assert arguments_in(render("str_replace", values)) == [values]


tokens = st.sampled_from(
    ["</parameter>", "<parameter", "</function>", "<tool_call>", "&lt;", "null", "\n", " ", "<", "x", "`", "```\n"]
)


@given(st.lists(tokens, max_size=12).map("".join))
@settings(deadline=None)
def test_text_that_looks_like_a_call_comes_back_where_it_is_not_the_end_of_one(value: str) -> None:
    assume("</function>" not in value)
    text = render("str_replace", {"path": "a", "old_str": value, "new_str": "b"})
    assert arguments_in(text) == [{"path": "a", "old_str": value, "new_str": "b"}]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "text": st.text(max_size=20),
            "count": st.integers(),
            "ratio": st.floats(allow_nan=False, allow_infinity=False),
            "flag": st.booleans(),
            "items": st.lists(st.integers() | st.text(max_size=5), max_size=4),
            "table": st.dictionaries(st.text(max_size=5), st.none() | st.booleans(), max_size=3),
            "maybe": st.none() | st.integers(),
        },
    )
)
@settings(deadline=None)
def test_values_have_the_types_of_the_tools_schema(values: dict[str, Any]) -> None:
    assume(
        "</parameter>" not in values.get("text", "") and "</parameter>" not in json.dumps(values.get("table", ""))
    )
    assert arguments_in(render("mixed", values)) == [values]


def test_newlines_and_spaces_of_a_value_are_kept() -> None:
    value = "\n  indented\n\n"
    assert arguments_in(render("bash", {"command": value})) == [{"command": value}]


def test_html_entities_and_the_word_null_stay_as_written() -> None:
    values = {"path": "a&amp;b", "old_str": "if a &lt; b", "new_str": "null"}
    assert arguments_in(render("str_replace", values)) == [values]


@pytest.mark.parametrize(
    ("key", "text"), [("count", "three"), ("ratio", "NaN"), ("flag", "maybe"), ("items", "[1,"), ("table", "[]")]
)
def test_a_value_of_the_wrong_type_stays_text_for_the_tool_to_answer(key: str, text: str) -> None:
    assert arguments_in(render("mixed", {key: text})) == [{key: text}]


def test_a_call_without_parameters_is_a_call() -> None:
    assert arguments_in("<tool_call>\n<function=bash>\n</function>\n</tool_call>") == [{}]


def test_several_calls_are_found_in_order_and_leave_the_text_around_them() -> None:
    text = f"first\n{CALL}\n{render('bash', {'command': 'pwd'})}\n  then done"
    calls = find_calls(text)
    assert arguments_in(text) == [{"command": "ls"}, {"command": "pwd"}]
    assert without_calls(text, calls) == "first\n\n  then done"


@given(st.integers(min_value=0, max_value=len(CALL) - 1))
@settings(deadline=None)
def test_an_incomplete_call_is_no_call(length: int) -> None:
    assert find_calls("let me look\n" + CALL[:length]) == ()


def test_a_complete_call_before_an_incomplete_one_is_found() -> None:
    assert arguments_in(f"{CALL}\n{CALL[:-5]}") == [{"command": "ls"}]


def test_a_call_quoted_as_code_is_no_call() -> None:
    assert find_calls(f"Write it so:\n```xml\n{CALL}\n```\nand wait.") == ()
    assert find_calls(f"The form is `{CALL}` here.") == ()


def test_a_code_block_before_a_call_does_not_hide_it() -> None:
    assert len(find_calls(f"```python\nx = 1\n```\n{CALL}")) == 1
    assert len(find_calls(f"```\nnever closed\n{CALL}")) == 1


def test_a_value_may_hold_code_fences() -> None:
    assert arguments_in(render("bash", {"command": "cat <<E\n```\nE"})) == [{"command": "cat <<E\n```\nE"}]


def test_remains_of_a_call_are_noticed_outside_of_code_only() -> None:
    assert has_markup("ls</parameter>\n</function>\n</tool_call>")
    assert not has_markup("the tag `</tool_call>` and\n```\n</tool_call>\n```\n")
    assert not has_markup("an ordinary <b>answer</b>")
