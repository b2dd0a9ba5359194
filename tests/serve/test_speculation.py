"""Expected acceptance and speed-up are the report's."""

import pytest

from model_runtime.serving.speculation import LENGTHS, SPEEDUP, acceptance_length, expected, speedup


def test_the_report_s_columns_are_met_exactly_and_joined_by_lines() -> None:
    for row, known in SPEEDUP.items():
        for length, value in zip(LENGTHS, known, strict=True):
            assert speedup(row, length) == pytest.approx(value)
    assert speedup(32, 2.9) == pytest.approx((1.86 + 1.99) / 2)
    assert (speedup(96, 1.0), speedup(96, 4.0)) == (1.99, 2.70)


def test_code_at_few_requests() -> None:
    found = expected(4)
    assert (found.batch, found.acceptance) == (32, 3.2)
    assert found.speedup == pytest.approx(2.12)


def test_certain_text_is_accepted_whole_and_surprising_text_less() -> None:
    assert acceptance_length(0) == 4
    assert acceptance_length(0.2) > acceptance_length(0.5) > acceptance_length(1.0)
