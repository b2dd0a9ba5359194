"""Prompts have no holes, and user text goes into them unchanged."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.render import fix_prompt, render, system_prompt


def test_the_system_prompt_is_the_recommended_one_with_the_date_in_english() -> None:
    text = system_prompt(date(2026, 10, 5))

    assert text.startswith(
        "You are MiMo, an AI assistant developed by Xiaomi.\n\n"
        "Today's date: 2026-10-05 Monday. Your knowledge cutoff date is December 2024.\n"
    )
    assert "$" not in text


def test_another_model_is_not_told_that_it_is_mimo() -> None:
    text = system_prompt(date(2026, 10, 5), "generic")
    assert "MiMo" not in text
    assert "Today's date: 2026-10-05 Monday." in text
    assert text.endswith(system_prompt(date(2026, 10, 5)).rpartition("\n\n")[2])


def test_the_small_model_is_told_the_same_on_every_day() -> None:
    text = system_prompt(date(2026, 10, 5), "nano")
    assert text.startswith("You are mimosa-nano, a small model that repairs small bugs.\n\nYou work on a copy")
    assert text == system_prompt(date(2031, 1, 1), "nano")


def test_the_system_prompt_is_the_same_all_day() -> None:
    assert system_prompt(date(2026, 10, 5)) == system_prompt(date(2026, 10, 5))


def test_a_missing_value_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"identity_mimo\.md needs a value for: week"):
        render("identity_mimo", date="2026-10-05")


def test_a_surplus_value_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="no place for: colour"):
        render("tests_unknown", colour="red")


@given(st.text())
def test_the_issue_is_quoted_as_the_user_wrote_it(task: str) -> None:
    assert f"<issue>\n{task.strip()}\n</issue>" in fix_prompt(task, "/workspace", "pytest -q")


def test_dollar_signs_in_an_issue_are_left_alone() -> None:
    assert "echo $HOME $$ ${x}" in fix_prompt("echo $HOME $$ ${x}", "/workspace")


def test_the_fix_prompt_says_what_can_be_reached() -> None:
    """Without hosts its words stay as they are: recordings are played to them, and nano was trained with them."""
    assert "in a sandbox. Expect no network; what the project needs is installed." in fix_prompt("x", "/workspace")
    told = fix_prompt("x", "/workspace", hosts="pypi.org, *.b.org")
    assert "in a sandbox. The network reaches pypi.org, *.b.org and nothing else, over HTTP" in told
    assert "no network" not in told


def test_the_fix_prompt_says_how_the_tests_are_run_if_it_is_known() -> None:
    assert "`tox -e py`" in fix_prompt("x", "/workspace", "tox -e py")
    assert "not known" in fix_prompt("x", "/workspace")
