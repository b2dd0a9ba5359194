"""Guesses from the context."""

import numpy as np

from model_runtime.nano.lookup import ALIKE, FIRST, MOST, Lookup

TEXT = np.random.default_rng(3).permutation(400).tolist()


def test_what_followed_the_last_time_is_guessed() -> None:
    seen = [*TEXT, *TEXT[50 : 50 + ALIKE]]
    assert Lookup().guess(seen, 100) == TEXT[50 + ALIKE : 50 + ALIKE + FIRST]
    assert Lookup().guess(seen, 2) == TEXT[50 + ALIKE : 50 + ALIKE + 2]
    again = [*seen, 7, 8, 9, *TEXT[50 : 50 + ALIKE]]
    assert Lookup().guess(again, 3) == [7, 8, 9]


def test_nothing_is_guessed_of_what_is_new() -> None:
    assert Lookup().guess(TEXT, 100) == []
    assert Lookup().guess(TEXT[:ALIKE], 100) == []
    assert Lookup().guess([], 100) == []


def test_a_quotation_that_goes_well_is_guessed_in_longer_pieces() -> None:
    lookup, said = Lookup(), TEXT[50 : 50 + ALIKE]
    sizes = []
    for _ in range(4):
        guesses = lookup.guess([*TEXT, *said], 100)
        sizes.append(len(guesses))
        lookup.tell(len(guesses))
        said += guesses
    assert sizes == [FIRST, 2 * FIRST + 1, MOST, MOST]
    lookup.tell(2)
    assert len(lookup.guess([*TEXT, *said], 100)) == FIRST


def test_the_end_of_the_text_is_the_end_of_the_guess() -> None:
    assert Lookup().guess([1, 2, 3, 4, 5, 1, 2, 3, 4], 100) == [5, 1, 2]
    assert Lookup().guess([1, 1, 1, 1, 1], 100) == [1]
