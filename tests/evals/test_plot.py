"""The chart module: round ticks, and drawings that stay inside their frame whatever the numbers are."""

import re

from hypothesis import given
from hypothesis import strategies as st

from evals.reports.html.plot import HEIGHT, MOST_POINTS, WIDTH, Axis, Series, plot, ticks

PLAIN = Axis("x", lambda value: f"{value:g}")
VALUES = st.floats(0, 1e9, allow_nan=False, width=32)
POINTS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=40).map(sorted)


def test_ticks_are_round_and_few() -> None:
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert ticks(0, 7) == [0, 2, 4, 6, 8]
    assert ticks(0, 0) == [0]
    assert ticks(0, 1_000_000, 4) == [0, 500_000, 1_000_000]


@given(st.floats(0.001, 1e9))
def test_ticks_cover_what_is_drawn(high: float) -> None:
    found = ticks(0, high)
    assert found[0] == 0
    assert found[-1] >= high * (1 - 1e-9)
    assert 2 <= len(found) <= 8


@given(POINTS)
def test_a_drawing_stays_inside_its_frame(points: list[tuple[float, float]]) -> None:
    for kind in ("line", "steps", "bars"):
        drawn = plot("a", PLAIN, PLAIN, [Series("s", points, kind)])
        for path in re.findall(r' d="M([^"Z]+)', drawn):
            for pair in path.split("L"):
                x, y = map(float, pair.split())
                assert 0 <= x <= WIDTH
                assert 0 <= y <= HEIGHT
        assert "nan" not in drawn


def test_a_long_line_is_thinned_and_keeps_its_ends() -> None:
    points = [(float(number), float(number)) for number in range(10_000)]
    path = re.search(r'd="M([^"]+)"', plot("a", PLAIN, PLAIN, [Series("s", points)]))
    assert path
    assert path[1].count("L") == MOST_POINTS - 1
    assert path[1].startswith("46.0 206.0")


def test_nothing_to_draw_is_said_and_words_are_escaped() -> None:
    assert "nothing to draw" in plot("a", PLAIN, PLAIN, [Series("s", [])])
    assert "no tokens" in plot("a", PLAIN, PLAIN, [], "no tokens")
    drawn = plot("<b>", PLAIN, PLAIN, [Series("<i>", [(0, 1), (1, 2)]), Series("t", [(0, 1)], colour=2)])
    assert "<b>&lt;b&gt;</b>" in drawn
    assert "&lt;i&gt;" in drawn
