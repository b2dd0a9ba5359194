"""str_replace against a real sandbox: what the model reads, and what becomes of the files."""

import json

import pytest
from tool_bench import Bench

REFUSED = [
    ("src", "a", "b", "src is a folder, not a file."),
    (".", "a", "b", ". is a folder, not a file."),
    ("../outside.txt", "", "b", "../outside.txt is outside of the workspace"),
    ("/etc/hostname", "a", "b", "/etc/hostname is outside of the workspace"),
    ("/", "a", "b", "/ is a folder, not a file."),
    ("escape/x", "", "b", "escape/x is outside of the workspace"),
    ("nowhere", "", "b", "nowhere"),
    (".git/config", "a", "b", "belongs to git itself"),
    ("pipe", "a", "b", "neither a file nor a folder"),
    ("", "a", "b", "'' is not the path of a file."),
    ("a\nb", "a", "b", r"'a\nb' is not the path of a file."),
    ("blob", "a", "b", "blob was not changed: it is a binary file"),
    ("huge", "a", "b", "huge has 22 MB, too many for this tool; change it with bash."),
    ("README.md", "x", "x", "old_str and new_str are the same"),
    ("README.md", "", "b", "README.md exists and is not empty (9 bytes)"),
    ("README.md/x", "", "b", "README.md/x cannot be: README.md is a file, not a folder."),
    ("README.md", "nothing like it at all", "b", "old_str is not in the file"),
    ("src/praser.py", "a", "b", "no file src/praser.py in the workspace. Did you mean src/parser.py?"),
    ("parser.py", "a", "b", "Did you mean src/parser.py?"),
    ("lib/lexer.py", "a", "b", "Did you mean src/lexer.py?"),
    ("quite/other.c", "a", "b", "no file quite/other.c in the workspace. An empty old_str would create it."),
]


async def test_an_edit_is_confirmed_with_the_lines_around_it(bench: Bench) -> None:
    result = await bench.call(
        "str_replace", path="src/parser.py", old_str="return fields[:-1]", new_str="return fields"
    )

    assert not result.is_error
    assert result.content == (
        "src/parser.py now reads, around the change:\n"
        '     2      """Fields of a line."""\n'
        '     3      fields = line.split(",")\n'
        "     4      return fields"
    )
    assert result.diff == (
        "--- a/src/parser.py\n+++ b/src/parser.py\n@@ -1,4 +1,4 @@\n def parse(line):\n"
        '     """Fields of a line."""\n     fields = line.split(",")\n'
        "-    return fields[:-1]\n+    return fields\n"
    )
    assert (await bench.shell("git diff")).endswith("-    return fields[:-1]\n+    return fields\n")


async def test_an_absolute_path_in_the_workspace_is_fine(bench: Bench) -> None:
    path = f"{bench.sandbox.workspace}/src/../README.md"
    result = await bench.call("str_replace", path=path, old_str="# Parser", new_str="# The parser")

    assert not result.is_error
    assert await bench.shell("cat README.md") == "# The parser\n"


async def test_the_mode_and_a_link_within_the_workspace_are_kept(bench: Bench) -> None:
    await bench.shell("chmod 755 src/lexer.py && ln -s src/lexer.py l")
    result = await bench.call("str_replace", path="l", old_str="text.split()", new_str="text.split(None)")

    assert result.content.startswith("src/lexer.py now reads")
    assert await bench.shell("stat -c '%a %F' src/lexer.py l") == "755 regular file\n777 symbolic link\n"


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffx = 'é'\r\ny = 1\r\n".encode(),
        "x = 'é'\ny = 1\n".encode("utf-16"),
        "x = 'é'\ny = 1".encode("latin-1"),
    ],
)
async def test_encoding_and_line_breaks_are_kept(bench: Bench, data: bytes) -> None:
    await bench.sandbox.write("f.txt", data)
    result = await bench.call("str_replace", path="f.txt", old_str="y = 1", new_str="y = 2")

    assert not result.is_error
    changed = await bench.sandbox.read("f.txt")
    assert [(a, b) for a, b in zip(data, changed, strict=True) if a != b] == [(ord("1"), ord("2"))]


async def test_an_empty_old_str_creates_a_file_in_a_new_folder(bench: Bench) -> None:
    result = await bench.call("str_replace", path="tests/unit/test_x.py", old_str="", new_str="a = 1\nb = 2\n")

    assert result.content == "Created tests/unit/test_x.py (2 lines)."
    assert result.diff.startswith("--- /dev/null\n+++ b/tests/unit/test_x.py\n@@ -0,0 +1,2 @@\n")
    assert await bench.shell("cat tests/unit/test_x.py") == "a = 1\nb = 2\n"


async def test_an_empty_file_can_be_made_and_then_filled(bench: Bench) -> None:
    assert (await bench.call("str_replace", path="__init__.py", old_str="", new_str="")).content == (
        "Created __init__.py (0 lines)."
    )
    assert not (await bench.call("str_replace", path="__init__.py", old_str="", new_str="x = 1\n")).is_error
    assert await bench.shell("cat __init__.py") == "x = 1\n"


async def test_white_space_that_differs_is_told(bench: Bench) -> None:
    await bench.sandbox.write("m.py", b"def f():\n\treturn 1\n")
    result = await bench.call(
        "str_replace", path="m.py", old_str="def f():\n    return 1\n", new_str="def f():\n    return 2\n"
    )

    assert not result.is_error
    assert result.content.startswith("Warning: old_str is not in the file exactly")
    assert await bench.shell("cat m.py") == "def f():\n\treturn 2\n"


async def test_what_cannot_be_edited_is_refused_and_stays(bench: Bench) -> None:
    await bench.shell(
        "ln -s /tmp escape; ln -s /nonexistent/x nowhere; mkfifo pipe; printf 'a\\0b' > blob; truncate -s 21M huge"
    )
    before = await bench.tree()
    for path, old, new, told in REFUSED:
        result = await bench.call("str_replace", path=path, old_str=old, new_str=new)

        assert result.is_error, path
        assert told in result.content
        assert result.diff == ""
    assert await bench.tree() == before


async def test_wrong_arguments_show_a_right_call(bench: Bench) -> None:
    result = await bench.call("str_replace", file="x", old_str="a")

    assert result.is_error
    assert "`path` is missing" in result.content
    assert "`file` is not an argument" in result.content
    example = result.content.split("A right call: str_replace ")[1]
    assert json.loads(example).keys() == {"path", "old_str", "new_str"}


async def test_names_with_quotes_blanks_and_other_scripts(bench: Bench) -> None:
    name = 'o\'brien "x" $(touch pwned) größe 文.txt'
    await bench.call("str_replace", path=name, old_str="", new_str="a\n")
    result = await bench.call("str_replace", path=name, old_str="a", new_str="b")

    assert result.content == f"{name} now reads, around the change:\n     1  b"
    assert "pwned\n" not in await bench.shell("ls")
