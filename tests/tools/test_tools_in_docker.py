"""The same tools where they work in earnest: an unprivileged user in a container."""

import pytest
from tool_bench import Bench

pytestmark = pytest.mark.docker


async def test_a_small_piece_of_work(docker_bench: Bench) -> None:
    bench = docker_bench
    seen = await bench.call("bash", command="cd src && cat parser.py && id -u")
    assert "return fields[:-1]" in seen.content
    assert not seen.content.endswith("\n0\n[exit code 0]"), "nobody is root in a sandbox"

    edited = await bench.call(
        "str_replace",
        path="/workspace/src/parser.py",
        old_str="    return fields[:-1]",
        new_str="    return fields",
    )
    assert edited.content.startswith("src/parser.py now reads, around the change:")
    patched = await bench.call(
        "patch",
        diff="--- /dev/null\n+++ b/test_parser.py\n@@ -0,0 +1,4 @@\n+from src.parser import parse\n+\n"
        "+def test_fields():\n+    assert parse('a,b') == ['a', 'b']\n"
        "--- a/src/lexer.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-def lex(text):\n-    return text.split()\n",
    )
    assert patched.content == "Applied:\ncreated test_parser.py (+4 -0)\ndeleted src/lexer.py (+0 -2)"
    assert "1 passed" in await bench.shell("python3 -m pytest -q -p no:cacheprovider")
    diff = (await bench.sandbox.diff()).decode()
    assert "-    return fields[:-1]\n+    return fields\n" in diff
    assert "+++ b/test_parser.py" in diff
    assert "deleted file mode" in diff


async def test_what_may_not_be_read_or_written_is_told_and_stays(docker_bench: Bench) -> None:
    bench = docker_bench
    await bench.shell("chmod 000 README.md; mkdir shut; echo a > shut/f; chmod 555 shut; ln -s /etc/passwd users")

    unreadable = await bench.call("str_replace", path="README.md", old_str="a", new_str="b")
    assert unreadable.is_error
    assert "Permission denied" in unreadable.content
    for diff in (
        "--- a/shut/f\n+++ b/shut/f\n@@ -1 +1 @@\n-a\n+b\n",
        "--- a/shut/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    ):
        create = "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+x\n"
        refused = await bench.call("patch", diff=create + diff)
        assert refused.is_error, refused.content
        assert "Nothing was changed." in refused.content
    assert await bench.shell("ls; cat shut/f") == "README.md\nshut\nsrc\nusers\na\n"
    outside = await bench.call("str_replace", path="users", old_str="root", new_str="toor")
    assert outside.content == (
        "users is outside of the workspace /workspace (it leads to /etc/passwd). "
        "Only files in the workspace can be edited."
    )


async def test_a_job_goes_on_while_files_are_edited(docker_bench: Bench) -> None:
    bench = docker_bench
    started = await bench.call("bash", command="while ! grep -q done README.md; do sleep 0.1; done; echo saw it")
    assert started.command is not None
    await bench.call("str_replace", path="README.md", old_str="# Parser", new_str="# done")
    ended = await bench.call("job_output", job=started.command.job)

    assert ended.content.startswith("saw it\n[exit code 0")
