"""A small chart module: lines, steps, bands and bars over two axes, as inline SVG without a script.

Colours and fonts are the page's: every part has a class and no style.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import Literal

from agent.export.markup import Html, join, tag, void

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 12, 44
"""Margins for the axes' words, in the units of the drawing."""

MOST_POINTS = 400
"""A line is thinned to so many points: nobody sees more, and the page stays small."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One thing to draw, in the colour numbered `colour` from 1. `line` joins its points, `steps` goes to the
    right first and then up, `band` fills between `points` and `upper`, `bars` stand from 0, `wide` each."""

    name: str
    points: Sequence[Point]
    kind: Literal["line", "steps", "band", "bars"] = "line"
    colour: int = 1
    upper: Sequence[Point] = ()
    wide: float = 1.0


@dataclass(frozen=True)
class Axis:
    """`words` name what it shows; `form` writes a value; it ends at `end` where that is given."""

    words: str
    form: Callable[[float], str]
    end: float | None = None


def plot(title: str, x: Axis, y: Axis, series: Sequence[Series], note: str = "") -> Html:
    """A figure with its caption; the caption says so where there is nothing to draw."""
    drawn = [one for one in series if one.points]
    if not drawn:
        words = tag("figcaption", tag("b", title), " ", tag("span", note or "nothing to draw"))
        return tag("figure", words, class_="undrawn")
    names = [one for one in drawn if one.kind != "band"]
    legend = [tag("span", one.name, class_=f"key c{one.colour}") for one in names] if len(names) > 1 else []
    svg = drawing(x, y, drawn, role="img", aria_label=f"{title}: {y.words} by {x.words}")
    caption = tag("figcaption", tag("b", title), *legend, tag("span", note, class_="peak") if note else "")
    return tag("figure", caption, svg, class_="plot")


def drawing(x: Axis, y: Axis, series: Sequence[Series], /, **attributes: str | int) -> Html:
    """The plot alone, as an `svg` element; at least one of `series` has points."""
    scale = _Scale.of(x, y, series)
    parts = [*_grid(scale, x, y), *(_draw(one, scale) for one in series)]
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", **attributes)


@dataclass(frozen=True)
class _Scale:
    """From values to the drawing's units; both axes begin at `left` and 0 and end at a round value."""

    left: float
    right: float
    top: float

    @classmethod
    def of(cls, x: Axis, y: Axis, series: Sequence[Series]) -> "_Scale":
        places = [point for one in series for point in (*one.points, *one.upper)]
        wide = max((one.wide for one in series if one.kind == "bars"), default=0.0)
        left = min(0.0 if not wide else min(place for place, _ in places), *(place for place, _ in places))
        right = x.end if x.end is not None else max(place for place, _ in places) + wide
        top = y.end if y.end is not None else ticks(0, max(value for _, value in places) or 1)[-1]
        return cls(left, right if right > left else left + 1, top or 1)

    def x(self, value: float) -> float:
        return LEFT + (value - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """About `most` round values from `low` on, 1, 2 or 5 times a power of ten apart, up to `high`."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / most
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = floor(low / step)
    return [index * step for index in range(first, ceil(high / step - 1e-9) + 1)]


def _grid(scale: _Scale, x: Axis, y: Axis) -> list[Html]:
    parts: list[Html] = []
    for value in ticks(0, scale.top):
        if value > scale.top * 1.001:
            continue
        height = f"{scale.y(value):.1f}"
        parts.append(void("line", x1=LEFT, x2=WIDTH - RIGHT, y1=height, y2=height, class_="grid"))
        parts.append(tag("text", y.form(value), x=LEFT - 6, y=f"{scale.y(value) + 4:.1f}", class_="tick left"))
    for value in ticks(scale.left, scale.right, 6):
        if not scale.left - 1e-9 <= value <= scale.right * 1.001:
            continue
        place = f"{scale.x(value):.1f}"
        parts.append(tag("text", x.form(value), x=place, y=HEIGHT - BOTTOM + 16, class_="tick middle"))
    parts.append(tag("text", x.words, x=WIDTH - RIGHT, y=HEIGHT - 8, class_="tick right"))
    return parts


def _draw(one: Series, scale: _Scale) -> Html:
    colour = f"c{one.colour}"
    if one.kind == "bars":
        return join(*(_bar(one, place, value, scale, colour) for place, value in one.points))
    if one.kind == "band":
        around = [*_thin(one.points), *reversed(_thin(one.upper))]
        return void("path", d=f"M{_path(around, scale)}Z", class_=f"band {colour}")
    points = _thin(one.points)
    if len(points) == 1:
        place, value = points[0]
        return void("circle", cx=f"{scale.x(place):.1f}", cy=f"{scale.y(value):.1f}", r=3, class_=f"dot {colour}")
    if one.kind == "steps":
        points = _stepped(points)
    return void("path", d=f"M{_path(points, scale)}", class_=f"line {colour}")


def _bar(one: Series, place: float, value: float, scale: _Scale, colour: str) -> Html:
    left, right = scale.x(place), scale.x(place + one.wide)
    said = tag("title", f"{place:g} to {place + one.wide:g}: {value:g}")
    return tag(
        "rect",
        said,
        x=f"{left + 0.5:.1f}",
        y=f"{scale.y(value):.1f}",
        width=f"{max(right - left - 1, 1):.1f}",
        height=f"{HEIGHT - BOTTOM - scale.y(value):.1f}",
        class_=f"bar-of {colour}",
    )


def _path(points: Sequence[Point], scale: _Scale) -> str:
    return "L".join(f"{scale.x(place):.1f} {scale.y(value):.1f}" for place, value in points)


def _stepped(points: Sequence[Point]) -> list[Point]:
    found: list[Point] = [points[0]]
    for (_, before), (place, value) in pairwise(points):
        found += [(place, before), (place, value)]
    return found


def _thin(points: Sequence[Point]) -> list[Point]:
    """At most MOST_POINTS of them, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(index * step)] for index in range(MOST_POINTS)]
