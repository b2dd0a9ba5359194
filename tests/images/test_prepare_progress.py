"""Progress is shown as few lines in a pipe and as a bar on a terminal."""

import io

from rich.console import Console

from sandbox.progress import PlainLines, Progress, shown_on


def test_a_pipe_gets_a_line_a_step_and_a_line_a_quarter() -> None:
    lines: list[str] = []
    report = PlainLines(lines.append)
    for done in range(201):
        report(Progress("base image", "downloading", done, 200, detail=f"package {done}"))
    report(Progress("setup", "pip install", detail="first"))
    report(Progress("setup", "pip install", detail="second"))
    assert lines == [
        "base image: downloading",
        "base image: downloading (25%)",
        "base image: downloading (50%)",
        "base image: downloading (75%)",
        "base image: downloading (100%)",
        "setup: pip install",
    ]


def test_text_of_commands_is_not_taken_for_markup() -> None:
    out = io.StringIO()
    with shown_on(Console(file=out, width=20)) as report:
        report(Progress("setup", "pip install -e '.[test]' and a long line"))
    assert out.getvalue() == "setup: pip install -e '.[test]' and a long line\n"


def test_a_terminal_gets_a_bar_with_the_last_line() -> None:
    out = io.StringIO()
    with shown_on(Console(file=out, force_terminal=True, width=120)) as report:
        report(Progress("setup", "pip install -e '.[test]'", 1, 3, detail="Collecting [red]things"))
    assert "pip install -e '.[test]'" in out.getvalue()
    assert "Collecting [red]things" in out.getvalue()
