"""Many lessons into one file, by several processes; what is there already stays."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from evals.lessons.eval_rows import eval_row
from evals.lessons.lessons import make_lesson


def write_lessons(out: Path, seeds: range, *, held_out: bool) -> int:
    """Append the lessons of those `seeds` that `out` has not; returns how many. A torn last line is dropped."""
    done = _seeds_in(out)
    written = 0
    with out.open("a", encoding="utf-8") as file:
        for seed in seeds:
            if seed in done:
                continue
            lesson = make_lesson(seed, held_out=held_out)
            file.write(json.dumps(lesson.to_wire(), ensure_ascii=False) + "\n")
            file.flush()
            written += 1
    return written


def write_rows(out: Path, seeds: range, functions: tuple[str, ...]) -> None:
    """Write `out` anew: a row of an eval data set for each seed."""
    rows = (json.dumps(eval_row(seed, functions), ensure_ascii=False) for seed in seeds)
    out.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def write_in_parallel(out: Path, seeds: range, processes: int, *, held_out: bool) -> None:
    """Each process writes every so manyth seed to a file of its own; in the end there is one, in order.

    Interrupted, it goes on where it was. Raises CalledProcessError where a process failed.
    """
    parts = [out.with_name(f"{out.name}.part{number}") for number in range(processes)]
    words = [sys.executable, "-m", "evals.lessons", *(["--held-out"] if held_out else []), "--processes", "1"]
    running = [
        subprocess.Popen(
            [
                *words,
                "--seed",
                str(seeds.start + number),
                "--step",
                str(processes),
                "--until",
                str(seeds.stop),
                "--out",
                str(part),
            ]
        )
        for number, part in enumerate(parts)
    ]
    codes = [process.wait() for process in running]
    if any(codes):
        raise SystemExit(1)
    lines = [line for path in (out, *parts) if path.exists() for line in _whole_lines(path)]
    lines.sort(key=lambda line: int(json.loads(line)["seed"]))
    whole = out.with_name(f"{out.name}.new")
    whole.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    whole.rename(out)
    for part in parts:
        part.unlink()


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
