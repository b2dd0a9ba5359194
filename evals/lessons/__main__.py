"""`python -m evals.lessons --count N --seed S --out FILE`: sessions to learn from."""

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.lessons", description=__doc__)
    parser.add_argument("--count", type=int, default=0, help="how many; one a seed")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; sessions that are there already stay")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--held-out", action="store_true", help="in names, layouts and words kept from training")
    parser.add_argument(
        "--rows",
        choices=("known", "unseen"),
        help="rows to evaluate by: of functions that lessons have, or not",
    )
    parser.add_argument("--image", default="", help="the image that sandboxes start from")
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()

    from evals.lessons.generate import write_in_parallel, write_lessons, write_rows
    from evals.lessons.templates import FIRST, UNSEEN

    seeds = range(given.seed, given.until or given.seed + given.count, given.step)
    if given.processes > 1 and not given.rows:
        write_in_parallel(given.out, seeds, given.processes, held_out=given.held_out)
        return
    _use_the_images_pytest(given.image)
    if given.rows:
        write_rows(given.out, seeds, FIRST if given.rows == "known" else UNSEEN)
    else:
        write_lessons(given.out, seeds, held_out=given.held_out)


def _use_the_images_pytest(image: str) -> None:
    from evals.lessons.imitation.library import use_pytest_of
    from sandbox.images.base_image import ensure_base_image
    from sandbox.images.engine import connect

    client = connect()
    use_pytest_of(client, image or ensure_base_image(client))


if __name__ == "__main__":
    main()
