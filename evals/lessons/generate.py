"""Many lessons into one file, by several processes; what is there already stays."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from evals.lessons.eval_rows import eval_row
from evals.lessons.imitation.library import use_pytest_in
from evals.lessons.lessons import Lesson

AT_ONCE = 20
"""Lessons that a process makes before it hands them over."""


def write_lessons(out: Path, seeds: range, library: Path, processes: int, make: Callable[[int], Lesson]) -> None:
    """Append what `make` makes of those `seeds` that `out` has not, in their order. A torn last line is dropped.
    `library` is a folder with the pytest whose words the lessons have."""
    done = _seeds_in(out)
    wanted = [seed for seed in seeds if seed not in done]
    with (
        ProcessPoolExecutor(processes, initializer=use_pytest_in, initargs=(library,)) as pool,
        out.open("a", encoding="utf-8") as file,
    ):
        for line in pool.map(partial(_line, make), wanted, chunksize=AT_ONCE):
            file.write(line)
            file.flush()


def _line(make: Callable[[int], Lesson], seed: int) -> str:
    try:
        lesson = make(seed)
    except Exception as error:  # of whatever kind, it is to be found again
        raise RuntimeError(f"Seed {seed} makes no lesson: {error}") from error
    return json.dumps(lesson.to_wire(), ensure_ascii=False) + "\n"


def write_rows(out: Path, seeds: range, functions: tuple[str, ...]) -> None:
    """Write `out` anew: a row of an eval data set for each seed."""
    rows = (json.dumps(eval_row(seed, functions), ensure_ascii=False) for seed in seeds)
    out.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def _seeds_in(path: Path) -> set[int]:
    if not path.exists():
        return set()
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n"):
        path.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    return {int(json.loads(line)["seed"]) for line in _whole_lines(path)}


def _whole_lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        with suppress(json.JSONDecodeError):
            json.loads(line)
            yield line
