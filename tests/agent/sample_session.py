"""A session as one really goes: a long output, errors, non-ASCII, a repair, a compaction, a verified patch."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from agent import events as ev
from agent.log import SessionLog
from agent.store import SessionStore
from model_runtime.base import ToolSchema, Usage
from model_runtime.messages import AssistantMessage, SystemMessage, ToolCall, ToolMessage, UserMessage
from tools.screen_diff import unified_diff

HOSTILE = (
    "</script><script>document.title='pwned'</script></style>"
    "<img src=http://127.0.0.1:9/x onerror=\"document.title='pwned'\">"
)

TASK = """`slugify` drops letters that carry accents

`slugify("Crème Brûlée")` gives `crm-brle`; it should give `creme-brulee`. Titles in Vietnamese lose most of their
letters. Please keep `slugify("日本語")` as it is (empty).
"""

PROMPT = f"""The repository in /workspace has this issue:

<issue>
{TASK.strip()}
</issue>

Change the repository so that the issue is resolved, at its cause."""

BEFORE = '''\
import re

WORD = re.compile(r"[a-z0-9]+")


def slugify(title: str) -> str:
    """The title in lower case, its words joined by hyphens."""
    words = WORD.findall(title.lower().encode("ascii", "ignore").decode())
    return "-".join(words)
'''
AFTER = (
    BEFORE.replace("import re\n", "import re\nimport unicodedata\n").replace(
        'title.lower().encode("ascii", "ignore").decode()', "plain(title).lower()"
    )
    + """

def plain(title: str) -> str:
    # Decomposed first: é is e and an accent then, and only the accent is dropped.
    return unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
"""
)
EDIT = unified_diff(BEFORE, AFTER, "src/slugs/core.py", "src/slugs/core.py")

PATCH = (
    "diff --git a/src/slugs/core.py b/src/slugs/core.py\nindex 3b18e51..9f4b6a2 100644\n"
    + EDIT
    + """\
diff --git "a/tests/test_\\303\\251t\\303\\251.py" "b/tests/test_\\303\\251t\\303\\251.py"
new file mode 100644
index 0000000..1c2d3e4
--- /dev/null
+++ "b/tests/test_\\303\\251t\\303\\251.py"
@@ -0,0 +1,7 @@
+import pytest
+from slugs import slugify
+
+
+@pytest.mark.parametrize(("title", "slug"), [("Crème Brûlée", "creme-brulee"), ("日本語", "")])
+def test_accents(title: str, slug: str) -> None:
+    assert slugify(title) == slug
diff --git a/docs/logo.png b/docs/logo.png
index 5555555..6666666 100644
GIT binary patch
delta 6
NcmZo+Y+&5<{(%4j00031

delta 6
NcmZo+Y+&5<{(%4j00031

"""
)

LONG_OUTPUT = "\n".join(
    [f"tests/test_slugs.py::test_case[{number}] PASSED" for number in range(1, 240)]
    + ["tests/test_slugs.py::test_accents FAILED", "", "    def test_accents():", "E   AssertionError: 'crm-brle'"]
    + ["", "1 failed, 239 passed in 3.21s", "[exit code 1]"]
)

TOOLS = (
    ToolSchema(
        name="bash",
        description="Run a command with `bash`.\n\n- The working directory **carries over**.",
        parameters={"type": "object", "properties": {"command": {"type": "string"}}},
    ),
    ToolSchema(name="str_replace", description="Replace a text in a file.", parameters={"type": "object"}),
    ToolSchema(name="finish", description="Say that you are done.", parameters={"type": "object"}),
)


class Story:
    """Makes the events of a session one after the other, and counts what must be counted."""

    def __init__(self) -> None:
        self._calls = count(1)
        self._steps = count(1)
        self._read = 2_400

    def reply(self, thinking: str, content: str, *calls: ToolCall, seconds: float = 4.2) -> ev.Replied:
        cached, self._read = self._read, self._read + 900 + len(content) + len(thinking)
        return ev.Replied(
            step=next(self._steps),
            message=AssistantMessage(content=content, reasoning_content=thinking, tool_calls=calls),
            finish_reason="tool_calls" if calls else "stop",
            usage=Usage(
                prompt_tokens=self._read, cached_tokens=cached, completion_tokens=150 + len(thinking) // 3
            ),
            seconds=seconds,
        )

    def call(self, name: str, **arguments: object) -> ToolCall:
        return ToolCall(
            id=f"call_{next(self._calls)}", name=name, arguments=json.dumps(arguments, ensure_ascii=False)
        )

    def fresh_context(self) -> None:
        self._read = 3_000


def started(**changes: object) -> ev.SessionStarted:
    values: dict[str, object] = {
        "session": "20261123-145203-k3fq",
        "command": "fix",
        "task": TASK,
        "repository": "/home/ana/src/slugs",
        "commit": "9b1c2d3e4f5061728394a5b6c7d8e9f001122334",
        "model": "mimo-v2-flash at 127.0.0.1:30000",
        "sandbox": "docker, no network, mimosa-base:bookworm",
        "context_length": 262_144,
        "system": SystemMessage(
            content="You are MiMo, an AI assistant developed by Xiaomi.\n\nToday's date: 2026-11-23."
        ),
        "tools": TOOLS,
    }
    return ev.SessionStarted.model_validate(values | changes)


def finished(call: ToolCall, content: str, *, seconds: float = 0.3, **facts: object) -> ev.ToolFinished:
    message = ToolMessage(tool_call_id=call.id, content=content)
    return ev.ToolFinished.model_validate(
        {"call": call, "message": message, "is_error": False, "seconds": seconds} | facts
    )


def ran(call: ToolCall, content: str, *, seconds: float = 0.3, **facts: object) -> list[ev.Event]:
    return [ev.ToolStarted(call=call), finished(call, content, seconds=seconds, **facts)]


def sample_events() -> Iterator[ev.Event]:
    """The whole session, in order."""
    story = Story()
    yield started()
    yield ev.UserSaid(message=UserMessage(content=PROMPT))
    yield from _looking(story)
    yield from _guarded(story)
    yield from _editing(story)
    yield from _compacted(story)
    yield from _checking(story)
    yield ev.TurnEnded(reason="finished")
    before = ev.TestRun(
        exit_code=1, seconds=3.3, tail="E   AssertionError: 'crm-brle'\n1 failed, 239 passed in 3.2s"
    )
    after = ev.TestRun(exit_code=0, seconds=3.4, tail="240 passed in 3.3s")
    yield ev.Verified(
        verdict="verified",
        reason="1 test that failed without the patch passes with it, and none that passed fails",
        test_command="python -m pytest -q",
        before=before,
        after=after,
    )
    summary = (
        "**Cause.** `slugify` encoded to ASCII *before* it decomposed accented letters, so `é` was lost.\n\n"
        "**Change.**\n\n1. Normalise to NFKD first.\n2. A test with accents and with 日本語.\n\n"
        "See [the standard](https://www.unicode.org/reports/tr15/), not [this](javascript:alert(1))."
    )
    yield ev.SessionEnded(exit_code=0, summary=summary, patch=PATCH)


def _looking(story: Story) -> Iterator[ev.Event]:
    look = story.call("bash", command="cd /workspace && git log --oneline | head -3 && ls src tests")
    yield story.reply(
        "Let me look at the repository first. The issue says that accents are dropped, so I expect an encode to "
        "ASCII somewhere.\n\nI will read `core.py` next.",
        "I'll start by looking around.",
        look,
    )
    yield from ran(look, "9b1c2d3 Release 2.1\nsrc:\nslugs\n\ntests:\ntest_slugs.py\n[exit code 0]", exit_code=0)
    read = story.call("bash", command="cat src/slugs/core.py\nsed -n 1,40p tests/test_slugs.py", timeout=30)
    tests = story.call("bash", command="python -m pytest -v tests/test_slugs.py")
    yield ev.RequestRetried(reason="the connection broke off", attempt=1, wait_s=0.7)
    yield story.reply("", "", read, tests, seconds=6.8)
    yield from ran(read, 'import re\n\nWORD = re.compile(r"[a-z0-9]+")\n[exit code 0]', exit_code=0)
    yield from ran(tests, LONG_OUTPUT, seconds=5.4, exit_code=1)


def _guarded(story: Story) -> Iterator[ev.Event]:
    hostile = story.call("bash", command=f"cat notes/{HOSTILE}.txt")
    yield ev.ReplyRepaired(kind="call_in_thinking", detail="one call was taken out of the thinking and run")
    yield story.reply(
        f"The notes may say more. {HOSTILE}", f"Notes, then. {HOSTILE}\n\n![x](http://127.0.0.1:9/x.png)", hostile
    )
    yield from ran(hostile, f"cat: {HOSTILE}\n\x1b]0;pwned\x07\u202egnp.exe\n[exit code 1]", exit_code=1)
    broken = ToolCall(id="call_x", name="str_replace", arguments='{"path": "src/slugs/core.py", "old_str": "words')
    yield story.reply("I know what to change.", "", broken)
    yield from ran(broken, "The arguments are not valid JSON: the text ends inside a string.", is_error=True)
    yield ev.GuardNoticed(
        guard="errors", text="Two calls in a row failed. Look at what the last one says before the next."
    )


def _editing(story: Story) -> Iterator[ev.Event]:
    edit = story.call(
        "str_replace",
        path="src/slugs/core.py",
        old_str='    words = WORD.findall(title.lower().encode("ascii", "ignore").decode())\n',
        new_str='    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()\n',
    )
    yield story.reply(
        "The cause is the order: encode with `ignore` throws whole letters away. NFKD first.",
        "The cause is in `core.py`: the title is encoded **before** it is decomposed.\n\n"
        "| title | now | right |\n|---|---|---|\n| Crème | `crm` | `creme` |\n",
        edit,
        seconds=9.1,
    )
    yield from ran(edit, "Edited src/slugs/core.py.", diff=EDIT)
    yield ev.CheckpointMade(number=1, tree="4b825dc642cb6eb9a060e54bf8d69288fbee4904", patch="checkpoint-1.patch")
    server = story.call("bash", command="python -m http.server 8000", timeout=600)
    yield story.reply("Serve the documentation to look at it.", "", server)
    yield from ran(server, "Serving HTTP on 0.0.0.0 port 8000\n[job 1 is running, 60 s so far]", seconds=60, job=1)
    yield ev.UserSaid(
        message=UserMessage(content="Of 12 steps, 6 are left. Bring the work to a good end."), by="mimosa"
    )
    sleep = story.call("bash", command="sleep 1000", timeout=2)
    yield story.reply("", "", sleep)
    yield from ran(sleep, "(no output)\n[timed out: ended after 2 s]", seconds=2, exit_code=143, timed_out=True)


def _compacted(story: Story) -> Iterator[ev.Event]:
    summary = (
        "Decided: normalise to NFKD in core.py (done).\nNext: add a test for accents.\nFiles: src/slugs/core.py"
    )
    yield ev.CompactionStarted(tokens=157_301, context_length=262_144)
    messages = (UserMessage(content=PROMPT), AssistantMessage(content=summary))
    yield ev.Compacted(
        messages=messages,
        archive="/mimosa/archive-1.md",
        tokens_before=157_301,
        usage=Usage(prompt_tokens=157_600, cached_tokens=157_301, completion_tokens=800),
        seconds=21.5,
    )
    story.fresh_context()


def _checking(story: Story) -> Iterator[ev.Event]:
    for number in range(3):
        again = story.call("bash", command=f"python -m pytest -q -k 'accents or case[{number}]'")
        yield story.reply("Run the tests again. " * (number * 12 + 1), "", again, seconds=2.0 + number)
        yield from ran(again, "240 passed in 3.30s\n[exit code 0]", seconds=3.6, exit_code=0)
    yield ev.CheckpointMade(number=2, tree="7d3f1c0a9e", patch="checkpoint-2.patch")
    yield ev.UserSaid(message=UserMessage(content="Please keep the docstring as it is."))
    done = story.call(
        "finish", summary="`slugify` decomposes accented letters **before** it drops what is not ASCII."
    )
    yield story.reply("All pass, the docstring is untouched.", "", done)
    yield from ran(done, "Noted.", seconds=0.0)


def write_session(folder: Path, events: Iterable[ev.Event]) -> Path:
    """Write events with the real log, each at the time at which it would have come."""
    clock = Clock()
    log = SessionLog.create(folder, clock)
    for event in events:
        clock.now += event.seconds if isinstance(event, (ev.Replied, ev.ToolFinished, ev.Compacted)) else 0.01
        log.append(event)
    log.close()
    return folder


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_795_445_523.0  # 23 November 2026, 14:52:03 UTC

    def __call__(self) -> float:
        return self.now


def write_sample(root: Path) -> Path:
    """The sample session in a store below `root`; returns its folder."""
    folder = SessionStore(root).new(lambda: datetime(2026, 11, 23, 14, 52, 3, tzinfo=UTC))
    return write_session(folder, sample_events())
