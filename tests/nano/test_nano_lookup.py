"""Guesses from the context."""

import numpy as np

from model_runtime.nano.lookup import ALIKE, MOST, QUOTED, SOME, Lookup

TEXT = np.random.default_rng(3).permutation(400).tolist()


def test_what_followed_is_guessed() -> None:
    seen = [*TEXT, *TEXT[50 : 50 + ALIKE]]
    assert Lookup().guess(seen, [], 100) == TEXT[50 + ALIKE : 50 + ALIKE + SOME]
    assert Lookup().guess(seen, [], 2) == TEXT[50 + ALIKE : 50 + ALIKE + 2]


def test_it_is_what_followed_where_most_was_the_same_and_the_last_time_of_those() -> None:
    two, three = TEXT[51:53], TEXT[50:53]
    assert Lookup().guess([*TEXT, *two, 7, 8, *two], [], 2) == [7, 8]
    assert Lookup().guess([*TEXT, *two, 7, 8, *three], [], 2) == TEXT[53:55]
    assert Lookup().guess([*TEXT, *three, 7, 8, *three], [], 2) == [7, 8]


def test_nothing_is_guessed_of_what_is_new() -> None:
    assert Lookup().guess(TEXT, [], 100) == []
    assert Lookup().guess(TEXT[:ALIKE], [], 100) == []
    assert Lookup().guess([], [], 100) == []


def test_behind_a_quotation_more_is_guessed() -> None:
    less, whole = TEXT[50 : 50 + QUOTED - 1], TEXT[50 : 50 + QUOTED]
    assert Lookup().guess([*TEXT, *less], [], 100) == TEXT[49 + QUOTED : 49 + QUOTED + SOME]
    assert Lookup().guess([*TEXT, *whole], [], 100) == TEXT[50 + QUOTED : 50 + QUOTED + MOST]
    assert len(Lookup().guess([*whole, *TEXT[300:], *whole], [], 100)) == MOST, "it stood at the very beginning"


def test_it_goes_on_behind_other_guesses_up_to_what_a_pass_takes() -> None:
    start = TEXT[50 : 50 + QUOTED - 3]
    ahead = TEXT[50 + QUOTED - 3 : 50 + QUOTED]
    assert Lookup().guess([*TEXT, 7], TEXT[50:53], 100) == TEXT[53 : 53 + SOME]
    assert Lookup().guess([*TEXT, *start], ahead, 100) == TEXT[50 + QUOTED : 50 + QUOTED + MOST - len(ahead)]
    assert Lookup().guess(TEXT, [7, 8, 9], 100) == []


def test_it_grows_with_the_sequence() -> None:
    lookup, said = Lookup(), [*TEXT]
    for token in (500, 501, 502, 503, 500):
        said.append(token)
        assert lookup.guess(said, [], 100) == []
    assert lookup.guess([*said, 501], [], 100) == [502, 503, 500, 501]


def test_the_end_of_the_text_is_the_end_of_the_guess() -> None:
    assert Lookup().guess([1, 2, 3, 4, 5, 1, 2, 3, 4], [], 100) == [5, 1, 2, 3, 4]
    assert Lookup().guess([1, 1, 1, 1, 1], [], 100) == [1]
