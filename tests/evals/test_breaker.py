"""An outage: what may begin meanwhile, and when it is given up."""

import pytest

from evals.running.breaker import DISK_PATIENCE_S, Breaker, Patience


@pytest.fixture
def breaker() -> Breaker:
    """Open since time 0, because of a full disk."""
    breaker = Breaker(Patience(first_wait_s=2.0))
    breaker.failed("disk", 0.0)
    return breaker


def test_one_at_a_time_is_tried_after_a_wait_that_grows(breaker: Breaker) -> None:
    assert not breaker.lets_in(1.9)
    assert breaker.lets_in(2.0)
    breaker.began("a")
    assert not breaker.lets_in(3.0)
    breaker.failed("disk", 3.0)
    breaker.ended("a")
    assert not breaker.lets_in(6.9)
    assert breaker.lets_in(7.0)


@pytest.mark.parametrize("cause", ["image", "sandbox", None])
def test_a_try_that_says_nothing_of_the_outage_makes_room_for_the_next(
    breaker: Breaker, cause: str | None
) -> None:
    breaker.began("a")
    if cause:
        breaker.failed(cause, 3.0)
    breaker.ended("b")
    assert not breaker.lets_in(4.0), "that was begun before the outage"
    breaker.ended("a")
    assert breaker.lets_in(4.0)
    assert not breaker.is_hopeless(DISK_PATIENCE_S - 1)
    assert breaker.is_hopeless(DISK_PATIENCE_S)


def test_what_works_ends_it(breaker: Breaker) -> None:
    breaker.began("a")
    breaker.worked()
    breaker.ended("a")
    assert breaker.lets_in(2.5)
    assert not breaker.is_hopeless(1e6)
