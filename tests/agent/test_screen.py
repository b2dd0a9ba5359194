"""What a person sees of texts that nobody could read whole."""

import io

from rich.console import Console

from agent import events as ev
from agent.screen.cut import WIDEST
from agent.screen.transcript import Lines, Transcript
from model_runtime.messages import ToolCall, ToolMessage


def shown(event: ev.BaseEvent, *, whole: bool = False) -> str:
    out = io.StringIO()
    Transcript(Console(file=out, width=80), whole=whole).show(event)
    return out.getvalue()


def shown_diff(diff: str) -> list[str]:
    out = io.StringIO()
    Lines(Console(file=out, width=80)).diff(diff)
    return out.getvalue().splitlines()


def result(content: str) -> ev.ToolFinished:
    call = ToolCall(id="1", name="bash", arguments='{"command": "cat bundle.min.js"}')
    return ev.ToolFinished(
        call=call, message=ToolMessage(tool_call_id="1", content=content), is_error=False, seconds=1.0
    )


def test_a_line_without_end_is_cut_and_told_by_how_much() -> None:
    told = shown(result("x" * 1_000_000 + "\n[exit code 0]"))
    assert len(told) < 2 * WIDEST
    assert f"{1_000_000 - WIDEST:,} characters left out" in told
    assert "[exit code 0]" in told


def test_whole_cuts_nothing() -> None:
    assert "x" * 5_000 in shown(result("x" * 5_000), whole=True)


def test_a_command_without_end_is_cut_as_well() -> None:
    call = ToolCall(id="1", name="bash", arguments='{"command": "' + "x" * 50_000 + '"}')
    assert len(shown(ev.ToolStarted(call=call))) < 2 * WIDEST


def test_of_a_binary_file_in_a_diff_only_its_name_is_shown() -> None:
    diff = (
        "diff --git a/x.bin b/x.bin\nnew file mode 100644\nindex 000..111\nGIT binary patch\nliteral 3\nKcmZ\n\n"
        "literal 0\nHcmV\n\ndiff --git a/y b/y\nindex 1..2 100644\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-index a\n+b\n"
    )
    assert shown_diff(diff) == [
        *("diff --git a/x.bin b/x.bin", "new file mode 100644", "binary file, not shown"),
        *("diff --git a/y b/y", "--- a/y", "+++ b/y", "@@ -1 +1 @@", "-index a", "+b"),
    ]


def test_a_change_of_line_ends_can_be_seen() -> None:
    assert shown_diff("@@ -1 +1 @@\n-a\n+a\r\n")[1:] == ["-a", "+a\u240d"]
