"""What the tests printed, on disk, in the form that SWE-bench's graders read."""

from pathlib import Path

from evals.swebench import grader_module

NAME = "test_output.txt"


def write_log(path: Path, output: Path, exit_code: int | None) -> None:
    """Put the markers of SWE-bench's graders around what lies in `output`.

    They are written here, on the host, and so is the exit code, which the engine tells. Whatever the tests printed
    that looks like a marker is broken up, so that nothing they print can pass for one.
    """
    constants = grader_module("constants")
    markers = [value for value in vars(constants).values() if isinstance(value, str) and value.startswith(">>>>>")]
    with (
        output.open(encoding="utf-8", errors="replace", newline="\n") as source,
        path.open("w", encoding="utf-8", newline="\n") as log,
    ):
        log.write(f"{constants.START_TEST_OUTPUT}\n")
        for line in source:
            log.write(_without(markers, line))
        log.write(f"\n{constants.END_TEST_OUTPUT}\n")
        if exit_code is not None:
            log.write(f"{constants.TEST_EXIT_CODE}: {exit_code}\n")


def _without(markers: list[str], line: str) -> str:
    for marker in markers:
        line = line.replace(marker, f"[printed by the tests] {marker[6:]}")
    return line
