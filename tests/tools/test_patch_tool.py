"""A diff is applied whole or not at all, against a real sandbox."""

import asyncio
import random

from tool_bench import Bench

CHANGE = (
    "--- a/src/parser.py\n+++ b/src/parser.py\n@@ -3,2 +3,2 @@\n"
    '     fields = line.split(",")\n-    return fields[:-1]\n+    return fields\n'
)
CREATE = "--- /dev/null\n+++ b/tests/test_parser.py\n@@ -0,0 +1,2 @@\n+def test_x():\n+    pass\n"
DELETE = "--- a/src/lexer.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-def lex(text):\n-    return text.split()\n"
RENAME = (
    "diff --git a/README.md b/docs/index.md\nsimilarity index 100%\n"
    "rename from README.md\nrename to docs/index.md\n"
)
MODE = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"

WRONG = [
    (CHANGE.replace("fields[:-1]", "fields[:-2]"), "hunk 1 of 1 does not fit"),
    (CREATE.replace("tests/test_parser.py", "README.md"), "README.md: the diff creates it, but it exists"),
    (DELETE.replace("-    return text.split()\n", ""), "the diff deletes it, but not these lines"),
    (
        CHANGE.replace("src/parser.py", "src/prser.py"),
        "no such file in the workspace. Did you mean src/parser.py?",
    ),
    (CHANGE.replace("src/parser.py", "../parser.py"), "outside of the workspace"),
    (CHANGE.replace("src/parser.py", "escape/parser.py"), "outside of the workspace"),
    (CREATE.replace("b/tests/test_parser.py", "b//tmp/mimosa_escaped.py"), "outside of the workspace"),
    (CHANGE.replace("src/parser.py", ".git/config"), "belongs to git itself"),
    (CHANGE.replace("src/parser.py", "src"), "src is a folder"),
    (CHANGE.replace("src/parser.py", "blob"), "binary file"),
    (RENAME.replace("docs/index.md", "src/lexer.py"), "cannot be renamed to it: it exists"),
    (DELETE.replace("src/lexer.py", "src/parser.py").replace("@@ -1", "@@ -9"), "does not fit"),
    (RENAME + CHANGE.replace("src/parser.py", "README.md"), "does not fit"),
    (CREATE.replace("tests/test_parser.py", "README.md/x.py"), "README.md/x.py"),
]


async def test_many_files_at_once(bench: Bench) -> None:
    await bench.shell("echo 'echo hi' > run.sh")
    result = await bench.call("patch", diff=CHANGE + CREATE + DELETE + RENAME + MODE)

    assert not result.is_error
    assert result.content == (
        "Applied:\n"
        "changed src/parser.py (+1 -1)\n"
        "created tests/test_parser.py (+2 -0)\n"
        "deleted src/lexer.py (+0 -2)\n"
        "renamed README.md to docs/index.md (+0 -0)\n"
        "changed run.sh (+0 -0)"
    )
    assert await bench.shell("find . -path ./.git -prune -o -type f -print | sort") == (
        "./docs/index.md\n./run.sh\n./src/parser.py\n./tests/test_parser.py\n"
    )
    assert await bench.shell("tail -1 src/parser.py; cat tests/test_parser.py docs/index.md; ./run.sh") == (
        "    return fields\ndef test_x():\n    pass\n# Parser\nhi\n"
    )


async def test_the_diff_on_the_screen_is_the_change(bench: Bench) -> None:
    result = await bench.call("patch", diff=f"```diff\n{CHANGE}{CREATE}```")

    assert "\n-    return fields[:-1]\n+    return fields\n" in result.diff
    assert "--- /dev/null\n+++ b/tests/test_parser.py\n@@ -0,0 +1,2 @@\n+def test_x():\n" in result.diff


async def test_if_one_part_is_wrong_nothing_is_changed(bench: Bench) -> None:
    await bench.shell("ln -s /tmp escape; printf 'a\\0b' > blob; mkdir docs")
    before = await bench.tree()
    good = CREATE.replace("test_parser", "test_other")
    for bad, told in WRONG:
        for diff in (bad, bad + good):
            result = await bench.call("patch", diff=diff)

            assert result.is_error, told
            assert result.content.startswith("Nothing was changed.\n")
            assert told in result.content
            assert result.diff == ""
            assert await bench.tree() == before


async def test_a_failing_hunk_is_shown_with_what_the_file_has(bench: Bench) -> None:
    result = await bench.call("patch", diff=CREATE + CHANGE.replace("fields[:-1]", "fields[1:]"))

    assert result.content == (
        "Nothing was changed.\n"
        "src/parser.py: hunk 1 of 1 does not fit:\n"
        '@@ -3,2 +3,2 @@\n     fields = line.split(",")\n-    return fields[1:]\n+    return fields\n'
        "The nearest lines of the file are:\n"
        "     1  def parse(line):\n"
        '     2      """Fields of a line."""\n'
        '     3      fields = line.split(",")\n'
        "     4      return fields[:-1]\n"
        "First difference, at line 4: the hunk has '    return fields[1:]', the file has '    return fields[:-1]'."
    )


async def test_faults_of_all_files_are_told_at_once(bench: Bench) -> None:
    result = await bench.call(
        "patch", diff=CHANGE.replace("[:-1]", "[1:]") + CREATE.replace("tests/test_parser", "src/lexer")
    )

    assert "src/parser.py: hunk 1 of 1 does not fit" in result.content
    assert "src/lexer.py: the diff creates it, but it exists" in result.content


async def test_a_file_in_the_way_of_a_folder_leaves_the_others_as_they_are(bench: Bench) -> None:
    await bench.shell("echo x > tests")
    before = await bench.tree()
    result = await bench.call("patch", diff=CHANGE + CREATE)

    assert result.is_error
    assert await bench.tree() == before


async def test_line_breaks_modes_and_encodings_are_kept(bench: Bench) -> None:
    await bench.sandbox.write("w.txt", b"\xef\xbb\xbfone\r\ntwo\r\nthree\r\n")
    await bench.shell("chmod 750 w.txt")
    await bench.call("patch", diff="--- a/w.txt\n+++ b/w.txt\n@@ -2 +2,2 @@\n-two\n+TWO\n+2½\n three\n")

    assert await bench.sandbox.read("w.txt") == "\ufeffone\r\nTWO\r\n2½\r\nthree\r\n".encode()
    assert await bench.shell("stat -c %a w.txt") == "750\n"


async def test_a_hunk_in_another_place_is_told(bench: Bench) -> None:
    result = await bench.call("patch", diff=CHANGE.replace("@@ -3,2 +3,2 @@", "@@ -40,9 +40,7 @@"))

    assert result.content == "Applied:\nchanged src/parser.py (+1 -1); hunk 1 is at line 3, not 40"


async def test_two_sections_of_one_file_are_one(bench: Bench) -> None:
    second = "--- a/src/parser.py\n+++ b/src/parser.py\n@@ -1 +1 @@\n-def parse(line):\n+def parse(text):\n"
    result = await bench.call("patch", diff=CHANGE + second)

    assert result.content == "Applied:\nchanged src/parser.py (+2 -2)"


async def test_a_rename_with_changes_and_back(bench: Bench) -> None:
    there = (
        "diff --git a/src/lexer.py b/lib/lex.py\nrename from src/lexer.py\nrename to lib/lex.py\n"
        "--- a/src/lexer.py\n+++ b/lib/lex.py\n@@ -1,2 +1,2 @@\n-def lex(text):\n+def lex(words):\n"
        "     return text.split()\n"
    )
    before = await bench.tree()
    assert (
        await bench.call("patch", diff=there)
    ).content == "Applied:\nrenamed src/lexer.py to lib/lex.py (+1 -1)"
    back = await bench.call(
        "patch",
        diff="diff --git a/lib/lex.py b/src/lexer.py\nrename from lib/lex.py\nrename to src/lexer.py\n"
        "@@ -1,2 +1,2 @@\n-def lex(words):\n+def lex(text):\n     return text.split()\n",
    )

    assert not back.is_error
    assert await bench.tree() == before


async def test_sections_that_contradict_each_other_are_refused(bench: Bench) -> None:
    result = await bench.call("patch", diff=CHANGE + DELETE.replace("src/lexer.py", "src/parser.py"))

    assert result.is_error


async def test_what_the_sandbox_itself_says_is_the_diff_goes_in_again(bench: Bench) -> None:
    await bench.shell(
        "sed -i 's/fields\\[:-1\\]/fields/' src/parser.py && git mv README.md R.md && echo x > 'a b.txt'"
    )
    await bench.shell("git add -A")
    diff = await bench.shell("git diff --cached -M --binary")
    after = await bench.tree()
    await bench.shell("git reset -q --hard")
    result = await bench.call("patch", diff=diff)

    assert not result.is_error, result.content
    assert await bench.tree() == after


async def test_a_write_that_fails_half_way_leaves_nothing_behind(bench: Bench) -> None:
    """A name that is too long shows only when the files are written."""
    before = await bench.tree()
    result = await bench.call("patch", diff=CHANGE + CREATE.replace("test_parser", "x" * 300))

    assert result.is_error
    assert "Nothing was changed." in result.content
    assert await bench.tree() == before


async def test_any_mix_of_good_and_bad_sections_is_applied_whole_or_not_at_all(bench: Bench) -> None:
    chance = random.Random(7)
    await bench.shell("echo 'echo hi' > run.sh && git add -A")
    good = [CHANGE, CREATE, DELETE, RENAME, MODE]
    bad = [
        CHANGE.replace("[:-1]", "[1:]"),
        CREATE.replace("tests/test_parser", "src/lexer"),
        DELETE.replace("text.split()", "text.split(',')"),
        RENAME.replace("docs/index.md", "src/parser.py"),
        CREATE.replace("test_parser", "y" * 300),
        CHANGE.replace("src/parser.py", "/etc/hostname"),
    ]
    before = await bench.tree()
    for _ in range(10):
        wrong = chance.sample(bad, chance.choice([0, 0, 1, 2]))
        sections = chance.sample(good, chance.randint(1, len(good))) + wrong
        chance.shuffle(sections)
        result = await bench.call("patch", diff="".join(sections))

        assert result.is_error == bool(wrong), result.content
        assert (await bench.tree() == before) == bool(wrong)
        await bench.shell(
            "git add -A && git checkout-index -fa && git reset -q && git checkout -q . && git clean -fdq"
        )
        await bench.shell("echo 'echo hi' > run.sh && git add -A")


async def test_a_cancelled_patch_is_whole_or_nothing(bench: Bench) -> None:
    before = await bench.tree()
    for wait in (0.0, 0.01, 0.02, 0.04, 0.06, 0.1):
        task = asyncio.ensure_future(bench.call("patch", diff=CHANGE + CREATE + DELETE))
        await asyncio.sleep(wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        now = await bench.tree()

        assert "mimosa" not in now
        if now != before:
            whole = "tail -1 src/parser.py; ls tests; test ! -e src/lexer.py"
            assert await bench.shell(whole) == "    return fields\ntest_parser.py\n"
            await bench.shell("git checkout -q . && git clean -fdq")
            assert await bench.tree() == before
