"""The exported page tells the whole session, and nothing in a session can break out of it."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sample_session import (
    HOSTILE,
    LONG_OUTPUT,
    PATCH,
    finished,
    sample_events,
    started,
    write_sample,
    write_session,
)

from agent import events as ev
from agent.errors import SessionError
from agent.export import export, show
from agent.export.markdown import markdown
from agent.export.page import page
from agent.log import read_log
from model_runtime.base import Usage
from model_runtime.messages import AssistantMessage, ToolCall, UserMessage
from model_runtime.metrics.session import SessionFigures

VOID = {"meta", "input", "br", "hr", "rect"}


class Tree(HTMLParser):
    """The page's elements: how often each occurs, their text, and whether each was closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return export(write_sample(tmp_path_factory.mktemp("state")), "html").decode()


@pytest.fixture(scope="module")
def tree(html: str) -> Tree:
    return Tree(html)


def test_everything_that_was_said_is_on_the_page(tree: Tree) -> None:
    for event in sample_events():
        match event:
            case ev.UserSaid(message=message):
                assert message.content in tree.text
            case ev.Replied(message=message):
                assert message.reasoning_content.strip() in tree.text
                for call in message.tool_calls:
                    assert call.name in tree.text
            case ev.ToolFinished(message=message) if "\x1b" not in message.content:
                assert message.content in tree.text
            case ev.GuardNoticed(text=text) | ev.ReplyRepaired(detail=text) | ev.RequestRetried(reason=text):
                assert text in tree.text
            case _:
                pass
    assert LONG_OUTPUT in tree.text
    assert "python -m pytest -q -k 'accents or case[2]'" in tree.text


def test_the_head_tells_what_it_was_and_what_it_cost(tree: Tree) -> None:
    for words in ("verified", "/home/ana/src/slugs", "9b1c2d3e4f50", "23 November 2026, 14:52 UTC", "95% cached"):
        assert words in tree.text
    assert "11" in tree.words


def test_the_patch_has_an_anchor_for_each_file_and_a_link_to_it(tree: Tree) -> None:
    ids = {value for name, value in tree.attributes if name == "id"}
    links = {
        value.removeprefix("#") for name, value in tree.attributes if name == "href" and value.startswith("#")
    }
    assert {"file-1", "file-2", "file-3"} <= ids & links
    assert links <= ids
    assert "tests/test_été.py" in tree.text
    assert PATCH.count("NcmZo") == 2
    assert "NcmZo" not in tree.text  # binary data says nothing to a reader


def test_every_step_can_be_linked_to(tree: Tree) -> None:
    ids = [value for name, value in tree.attributes if name == "id"]
    assert [name for name in ids if name.startswith("step-")] == [f"step-{number}" for number in range(1, 12)]
    assert len(ids) == len(set(ids))


def test_the_page_has_no_script_loads_nothing_and_says_so_in_its_policy(html: str, tree: Tree) -> None:
    assert not {"script", "img", "iframe", "object", "embed", "form", "link", "base", "video", "audio"} & set(
        tree.tags
    )
    names = {name for name, _ in tree.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "style", "srcset", "action")]
    links = [value for name, value in tree.attributes if name == "href" and not value.startswith("#")]
    assert all(value.startswith(("http://", "https://")) for value in links)
    assert "url(" not in html[html.index("<style>") : html.index("</style>")]
    assert "default-src 'none'; style-src 'sha256-" in html


def test_every_element_is_closed_in_its_turn(tree: Tree) -> None:
    assert tree.open == []


def test_hostile_text_stays_text(html: str, tree: Tree) -> None:
    assert "<script" not in html
    assert tree.text.count(HOSTILE) >= 4
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "⟨202E⟩gnp.exe" in tree.text


WORDS = st.text(
    alphabet=st.sampled_from("<>&\"'`/=!-[]()*_#~\\|\n\t abscriptonerror\x00\x1b\u202e é$"), max_size=60
)


@given(WORDS, WORDS, WORDS, WORDS)
def test_no_text_anywhere_adds_an_element_or_leaves_one_open(one: str, two: str, three: str, four: str) -> None:
    call = ToolCall(id="c", name=one, arguments=two)
    message = AssistantMessage(content=three, reasoning_content=four, tool_calls=(call,))
    reply = ev.Replied(step=1, message=message, finish_reason=one, usage=Usage(), seconds=1)
    records = [
        ev.Record.model_validate({"n": number, "at": 1.0, "event": event})
        for number, event in enumerate(
            (
                started(task=one, repository=two, commit=three, model=four, session=one, command=two),
                ev.UserSaid(message=UserMessage(content=two)),
                reply,
                finished(call, three, diff=four, is_error=True),
                finished(call, three, diff=f"--- a/{one}\n+++ b/{two}\n@@ -1,2 +1,2 @@\n-{three}\n+{four}\n"),
                ev.GuardNoticed(guard=one, text=two),
                ev.Verified(verdict="regressed", reason=one, test_command=two),
                ev.SessionEnded(exit_code=3, summary=three, patch=four),
            )
        )
    ]
    tree = Tree(page(records))
    assert tree.open == []
    assert not {"script", "img", "iframe", "form", "link"} & set(tree.tags)
    assert tree.tags.count("style") == 1
    assert not [name for name, _ in tree.attributes if name.startswith("on")]


@pytest.mark.parametrize(
    "words",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "[x](file:///etc/passwd)",
        "![x](http://127.0.0.1/x.png)",
        "<a href='javascript:alert(1)'>x</a>",
        "<http://a/ onclick=x>",
        "[a]: javascript:alert(1)\n\n[a]",
        "```\n</pre><script>\n```",
        '```"><script>\n```',
    ],
)
def test_markdown_makes_no_link_but_to_the_web_no_image_and_no_raw_html(words: str) -> None:
    tree = Tree(markdown(words))
    assert not {"script", "img"} & set(tree.tags)
    links = [value for name, value in tree.attributes if name == "href"]
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert not [name for name, _ in tree.attributes if name.startswith("on")]


def test_markdown_shows_tables_lists_and_code_and_links_tell_nobody() -> None:
    html = markdown("# Title\n\n| a |\n|---|\n| `b` |\n\n- c\n\n~~d~~ [e](https://x.org)")
    assert {"h4", "table", "code", "li", "s"} <= set(Tree(html).tags)
    assert 'rel="noreferrer noopener nofollow"' in html


def test_a_session_that_was_killed_shows_the_call_that_has_no_result(tmp_path: Path) -> None:
    events = list(sample_events())
    cut = next(n for n, event in enumerate(events) if isinstance(event, ev.ToolStarted)) + 1
    tree = Tree(export(write_session(tmp_path, events[:cut]), "html").decode())
    assert "unfinished" in tree.text
    assert "The session stopped while this ran: there is no result." in tree.text


def test_a_session_with_nothing_but_its_beginning_is_a_page(tmp_path: Path) -> None:
    tree = Tree(export(write_session(tmp_path, [started(task="")]), "html").decode())
    assert tree.open == []
    assert "unfinished" in tree.text


def test_the_json_lines_are_the_log_byte_for_byte_without_a_torn_line(tmp_path: Path) -> None:
    folder = write_sample(tmp_path)
    log = folder / "events.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"n": 99, "at": 1.0, "ev')
    assert export(folder, "jsonl") == whole
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "events.jsonl").write_bytes(export(folder, "jsonl"))
    assert read_log(tmp_path / "copy") == read_log(folder)


def test_a_damaged_log_is_told_by_its_line(tmp_path: Path) -> None:
    folder = write_sample(tmp_path)
    log = folder / "events.jsonl"
    lines = log.read_text().split("\n")
    log.write_text("\n".join([lines[0], "{}", *lines[2:]]))
    for form in ("html", "jsonl"):
        with pytest.raises(SessionError, match="line 2"):
            export(folder, form)


def test_a_page_of_a_long_session_stays_of_one_size_with_it(tmp_path: Path) -> None:
    """The page grows with the log and not faster."""
    events = list(sample_events())
    step = [event for event in events if isinstance(event, (ev.Replied, ev.ToolStarted, ev.ToolFinished))]
    sizes = []
    for times in (10, 20):
        folder = tmp_path / str(times)
        folder.mkdir()
        sizes.append(len(export(write_session(folder, [events[0], *(step * times)]), "html")))
    assert sizes[1] < 2 * sizes[0]
    assert re.search("Step 220", export(tmp_path / "20", "html").decode())


def test_what_the_session_took_of_its_server_stands_on_the_page_and_on_the_terminal(tmp_path: Path) -> None:
    took = SessionFigures(
        acceptance=3.2, hit_rate=0.914, tokens_per_s=96.2, gpu_seconds=72.0, gpus=4, joules=3.6e5
    )
    folder = write_session(tmp_path, [started(), ev.ServerMeasured(figures=took)])
    words = "91% cached, 3.20 tokens a step, 96 tokens/s, 1 min 12 s of GPU time, 0.100 kWh"
    assert f"taken of the server: {words}" in export(folder, "html").decode()
    out = io.StringIO()
    show(read_log(folder), Console(file=out, width=200))
    assert f"Server  {words}" in out.getvalue()
