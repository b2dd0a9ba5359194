"""Whatever is put together, bash is the judge: what was taken for reading is run, and nothing may change."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.permission.shell.readers import only_reads
from agent.permission.shell.script import Unreadable
from agent.permission.shell.wrapped import all_commands

PIECES = st.sampled_from(
    [
        *(
            "ls",
            "cat",
            "echo",
            "grep",
            "find",
            "xargs",
            "sort",
            "env",
            "bash",
            "sh",
            "time",
            "timeout",
            "test",
            "git",
        ),
        *("rm", "touch", "tee", "mv", "cp", "eval", "exec", "source", ".", "alias", "export", "set", "read", "cd"),
        *(
            "new",
            "a.txt",
            "b",
            "-c",
            "-o",
            "-f",
            "-i",
            "-n",
            "-exec",
            "-delete",
            "-l",
            "x=1",
            "PATH=.",
            "f()",
            "{}",
        ),
        *(" ", " ", " ", " ", "\n", "\t", ";", ";", "&", "&&", "|", "||", ">", ">>", "<", "<<", "<<<", "<>", ">&"),
        *(
            "'",
            '"',
            "`",
            "$(",
            ")",
            "(",
            "{ ",
            "; }",
            "${",
            "}",
            "$x",
            "$((",
            "))",
            "\\",
            "\\\n",
            "#",
            "!",
            "~",
            "*",
        ),
        *(
            "<(",
            ">(",
            "[[ ",
            " ]]",
            "[ ",
            " ]",
            "if ",
            "; then ",
            "; fi",
            "for f in ",
            "; do ",
            "; done",
            "$'",
            "2>&1",
        ),
        *(
            "<<EOF\n",
            "\nEOF\n",
            "<<'EOF'\n",
            "{touch,new}",
            "/dev/null",
            "function f ",
            "case x in x) ",
            ";; esac",
        ),
        *(
            "touch new",
            "; touch new",
            "$(touch new)",
            "`touch new`",
            "| xargs touch",
            "-exec touch new ;",
            "rm a.txt",
        ),
    ]
)
COMMANDS = st.lists(PIECES, min_size=1, max_size=12).map("".join)
BEGINNINGS = st.sampled_from(
    ["ls ", "cat a.txt ", "echo x ", "find . ", "x=1; ", "grep o a.txt ", 'echo "', "cat <"]
)


def taken_for_reading(text: str) -> bool:
    try:
        return all(only_reads(command) for command in all_commands(text))
    except Unreadable:
        return False


def state_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(BEGINNINGS | st.just(""), COMMANDS).map("".join))
def test_what_is_taken_for_reading_changes_nothing(text: str) -> None:
    if not taken_for_reading(text):
        return
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "a.txt").write_text("one\ntouch new\n")
        (folder / "b").mkdir()
        (folder / "b" / "ls").write_text("#!/bin/sh\ntouch new\n")
        (folder / "b" / "ls").chmod(0o755)
        before = state_of(folder)
        variables = {"PATH": os.environ["PATH"], "HOME": scratch}
        command = ["timeout", "-k", "1", "5", "bash", "-c", text]
        subprocess.run(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert state_of(folder) == before, text
