"""Patches in git's format, written from the texts of files."""

import re
from difflib import unified_diff

NO_NEWLINE = "\\ No newline at end of file\n"


def changed(name: str, old: str, new: str) -> str:
    """The patch of one file; "" where nothing changes."""
    lines = unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}")
    body = "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}" for line in lines)
    return f"diff --git a/{name} b/{name}\n{body}" if body else ""


def added(name: str, text: str) -> str:
    """The patch that brings a new file, whose last line ends as all others do."""
    lines = [line.removesuffix("\n") for line in _lines(text)]
    body = "\n".join(f"+{line}" for line in lines)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}\n"


def _lines(text: str) -> list[str]:
    """As git sees them: nothing but a line feed ends a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
