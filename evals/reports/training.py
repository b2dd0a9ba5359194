"""The curves of a training, drawn from its log:

    python -m evals.reports.training LOG.jsonl CURVES.svg

A line of the log is a step: `step`, `tokens` (so far), `loss`, and shares of what was right, 0 to 1: `assistant`
(its tokens), `copied` (those in the arguments of calls), `sessions` (without one wrong token), `drafted` (a share
for each MTP layer). Now and then a line has these under `unseen`, of sessions that were not learned from.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent.export.markup import Html, join, tag, void
from agent.export.words import short_count
from evals.reports.html.plot import HEIGHT, WIDTH, Axis, Series, drawing

Line = dict[str, Any]
SMOOTHED = 25
"""Steps whose mean is one point: a single step's share jumps with its batch."""
TITLE, GAP = 40, 12
"""Height above a plot, and space between two, in the units of the drawing."""
STYLE = """
svg { font-family: system-ui, sans-serif; background: #fff; }
.c1 { color: #c78a00; } .c2 { color: #2f6fae; } .c3 { color: #4f8a34; } .c4 { color: #a3487f; }
.title { font-size: 14px; font-weight: 600; fill: #222; } .key { font-size: 12px; fill: currentColor; }
.grid { stroke: #ddd; } .tick { fill: #666; font-size: 12px; }
.left, .right { text-anchor: end; } .middle { text-anchor: middle; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .dot { fill: currentColor; }
"""


@dataclass(frozen=True)
class Panel:
    title: str
    y: Axis
    series: Sequence[Series]


def curves(lines: Sequence[Line]) -> Html:
    """One picture that needs no page around it. Raises ValueError where the log has nothing to draw."""
    panels = [panel for panel in _panels(lines) if any(one.points for one in panel.series)]
    if not panels:
        raise ValueError("no step is in it")
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    placed = [_placed(panel, number % columns, number // columns) for number, panel in enumerate(panels)]
    width, height = columns * (WIDTH + GAP), rows * (HEIGHT + TITLE + GAP)
    return tag(
        "svg",
        tag("style", Html(STYLE)),
        void("rect", width=width, height=height, fill="#fff"),
        *placed,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
    )


def _panels(lines: Sequence[Line]) -> list[Panel]:
    steps = [line for line in lines if "loss" in line]
    unseen = [{"tokens": line["tokens"], **line["unseen"]} for line in lines if "unseen" in line]
    share = Axis("", lambda value: f"{value:.0%}", 1.0)
    layers = max((len(line.get("drafted", ())) for line in unseen), default=0)
    return [
        Panel("Loss", Axis("", lambda value: f"{value:g}"), [_smooth("lessons", steps, "loss", 1)]),
        Panel(
            "The assistant's tokens that were right",
            share,
            [
                _smooth("lessons", steps, "assistant", 1),
                _series("unseen", unseen, lambda line: line["assistant"], 2),
                _series("unseen, copied", unseen, lambda line: line["copied"], 3),
            ],
        ),
        Panel(
            "Sessions without one wrong token",
            share,
            [
                _smooth("lessons", steps, "sessions", 1),
                _series("unseen", unseen, lambda line: line["sessions"], 2),
            ],
        ),
        Panel(
            "Drafts that were right, unseen",
            share,
            [
                _series(f"MTP layer {layer + 1}", unseen, partial(_drafted, layer), layer + 1)
                for layer in range(layers)
            ],
        ),
    ]


def _drafted(layer: int, line: Line) -> float | None:
    drafted = line.get("drafted", ())
    return drafted[layer] if layer < len(drafted) else None


def _series(name: str, lines: Sequence[Line], value: Callable[[Line], float | None], colour: int) -> Series:
    told = [(float(line["tokens"]), value(line)) for line in lines]
    return Series(name, [(at, found) for at, found in told if found is not None], "line", colour)


def _smooth(name: str, lines: Sequence[Line], key: str, colour: int) -> Series:
    points = []
    for first in range(0, len(lines), SMOOTHED):
        group = [line for line in lines[first : first + SMOOTHED] if key in line]
        if group:
            points.append((float(group[-1]["tokens"]), sum(line[key] for line in group) / len(group)))
    return Series(name, points, "line", colour)


def _placed(panel: Panel, column: int, row: int) -> Html:
    left, top = column * (WIDTH + GAP), row * (HEIGHT + TITLE + GAP)
    drawn = [one for one in panel.series if one.points]
    keys = [tag("tspan", f"{one.name}  ", class_=f"c{one.colour}", fill="currentColor") for one in drawn]
    return join(
        tag("text", panel.title, x=left + GAP, y=top + 18, class_="title"),
        tag("text", *keys, x=left + GAP, y=top + 35, class_="key") if len(drawn) > 1 else "",
        drawing(
            Axis("tokens learned from", lambda value: short_count(round(value))),
            panel.y,
            drawn,
            x=left,
            y=top + TITLE,
            width=WIDTH,
            height=HEIGHT,
        ),
    )


def read_lines(path: Path) -> list[Line]:
    """The log's lines; a torn last one is left out. Raises OSError and ValueError."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.reports.training", description="Draw a training.")
    parser.add_argument("log", type=Path, help="what the training wrote: log.jsonl")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    wanted = parser.parse_args()
    try:
        wanted.picture.write_text(curves(read_lines(wanted.log)) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"{wanted.log} cannot be drawn: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
