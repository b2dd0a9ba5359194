"""`python -m evals.lessons --count N --seed S --out FILE`: sessions to learn from.
`--head FILE`: what all of them begin with."""

import argparse
import json
from functools import partial
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.lessons", description=__doc__)
    parser.add_argument("--count", type=int, default=0, help="how many; one a seed")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, help="JSON lines; sessions that are there already stay")
    parser.add_argument("--head", type=Path, help="write the system prompt and the tools to this file")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--repairs", action="store_true", help="of each session only the repair")
    parser.add_argument("--held-out", action="store_true", help="in names, layouts and words kept from training")
    parser.add_argument(
        "--rows",
        choices=("known", "unseen"),
        help="rows to evaluate by: of functions that lessons have, or not",
    )
    parser.add_argument("--image", default="", help="the image that sandboxes start from")
    given = parser.parse_args()
    if given.repairs and (given.held_out or given.rows):
        parser.error("--repairs are there to learn from: they are neither held out nor rows")
    if given.out is None and given.head is None:
        parser.error("name a file: --out, --head, or both")
    if given.head is not None:
        _write_head(given.head)
    if given.out is not None:
        _write(given)


def _write(given: argparse.Namespace) -> None:
    from evals.lessons.generate import write_lessons, write_rows
    from evals.lessons.imitation.library import use_the_images_pytest
    from evals.lessons.lessons import make_lesson, make_repair
    from evals.lessons.templates import FIRST, UNSEEN

    seeds = range(given.seed, given.seed + given.count)
    library = use_the_images_pytest(given.image)
    if given.rows:
        write_rows(given.out, seeds, FIRST if given.rows == "known" else UNSEEN)
    else:
        make = make_repair if given.repairs else partial(make_lesson, held_out=given.held_out)
        write_lessons(given.out, seeds, library, given.processes, make)


def _write_head(file: Path) -> None:
    from evals.lessons.head import head
    from sandbox.local import LocalSandbox

    # Nothing is run: the tools want one to be made with.
    file.write_text(json.dumps(head(LocalSandbox(file)), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
