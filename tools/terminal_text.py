"""Terminal output as a reader wants it: without colours, cursor movements and progress bars."""

import re

ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # operating system commands and other strings: titles, links
    r"|\x1b[ -/]*[0-~]",  # two-character and character-set sequences
    re.DOTALL,
)
BACKSPACE = re.compile(r"[^\n\x08]\x08")
LINE_END = re.compile(r"\r+\n")
# What may follow the last carriage return is the start of a line that is cut here.
REDRAWN = re.compile(r"[^\n]*\r")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain(text: str) -> tuple[str, bool]:
    """The text as a terminal would show it at the end, and whether lines that a program drew over were dropped.

    Of a line that was redrawn with carriage returns, the last state that is not blank stays.
    """
    text = LINE_END.sub("\n", ESCAPE.sub("", text)).replace("\x07", "")
    while (rubbed := BACKSPACE.sub("", text)) != text:
        text = rubbed
    redrawn = REDRAWN.search(text) is not None
    if redrawn:
        text = "\n".join(_last_state(line) for line in text.split("\n"))
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), redrawn


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state.strip()]
    return states[-1] if states else ""
