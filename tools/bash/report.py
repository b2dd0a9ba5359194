"""What the model reads of a command: its output, and one line of facts."""

import signal

from sandbox.base import CommandResult
from tools.terminal_text import plain

# Below this a duration says nothing that the model could act on. In seconds.
WORTH_TELLING = 5.0


def report(
    result: CommandResult, *, empty: str = "(no output)", interrupted: str = "interrupted by the user"
) -> str:
    """The output in plain text, then `[exit code 1, 12 s]` or what else became of the command."""
    output, redrawn = plain(result.output)
    facts = [_outcome(result, interrupted)]
    if result.exit_code is not None and not result.timed_out and result.duration >= WORTH_TELLING:
        facts.append(f"{result.duration:.0f} s")
    if redrawn:
        facts.append(f"progress lines left out, all of it is in {result.output_path}")
    lines = [output.rstrip("\n") or empty, f"[{', '.join(facts)}]"]
    if result.note:
        lines.append(f"[{result.note}]")
    return "\n".join(lines)


def report_job(result: CommandResult) -> str:
    """The same for what a background job printed since it was last looked at."""
    return report(result, empty="(nothing new)", interrupted="ended by job_kill")


def _outcome(result: CommandResult, interrupted: str) -> str:
    if result.interrupted:
        return f"{interrupted} after {result.duration:.0f} s"
    if result.timed_out:
        return f"timed out: ended after {result.duration:.0f} s"
    if result.exit_code is None:
        return f"job {result.job} is running, {result.duration:.0f} s so far"
    return f"exit code {result.exit_code}{_signal_name(result.exit_code)}"


def _signal_name(exit_code: int) -> str:
    try:
        return f" ({signal.Signals(exit_code - 128).name})" if exit_code > 128 else ""
    except ValueError:  # a plain exit code above 128
        return ""
