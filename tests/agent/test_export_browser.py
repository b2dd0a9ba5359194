"""The exported page as a browser shows it: folded, coloured, readable on a phone, and quiet."""

import re
from html import escape, unescape
from pathlib import Path

import pytest
from browser import DARK, Browser, installed_browser, listener
from pydantic import BaseModel
from sample_session import HOSTILE, sample_events, write_session

from agent.export import export

# The page stands in a frame, and a script outside it looks in: the page itself runs none.
FRAME = """<!doctype html><iframe style="width:WIDTHpx;height:900px" srcdoc="PAGE"></iframe><pre id="seen"></pre>
<script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument, view = page.defaultView;
  const all = (name) => [...page.querySelectorAll(name)];
  const colour = (name) => view.getComputedStyle(page.querySelector(name)).backgroundColor;
  const height = (name) => page.querySelector(name).getBoundingClientRect().height;
  const seen = {
    title: page.title, scripts: page.scripts.length, images: page.images.length,
    width: page.documentElement.clientWidth, scroll_width: page.documentElement.scrollWidth,
    paper: colour("body"), added: colour(".diff .added"), removed: colour(".diff .removed"),
    mark: colour(".added mark"), steps: all("article.step").length, bars: all(".chart rect.model").length,
    thinking: all(".thinking").length, thinking_open: all(".thinking[open]").length,
    bar_height: Math.max(...all("rect.model").map((bar) => bar.getBoundingClientRect().height)),
    folded: height(".thinking"), output_folded: height(".output"),
  };
  page.querySelector("#unfold").click();
  seen.unfolded = height(".thinking");
  seen.output_unfolded = height(".output");
  page.querySelector("#thinking").click();
  seen.hidden = height(".thinking");
  document.querySelector("#seen").textContent = JSON.stringify(seen);
};
</script>"""


class Seen(BaseModel):
    """Colours as CSS writes them, sizes in CSS pixels, the rest are numbers of elements."""

    title: str
    scripts: int
    images: int
    width: int
    scroll_width: int
    paper: str
    added: str
    removed: str
    mark: str
    steps: int
    bars: int
    thinking: int
    thinking_open: int
    bar_height: float
    folded: float
    unfolded: float
    output_folded: float
    output_unfolded: float
    hidden: float


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return installed_browser(tmp_path / "profile")


def _page(folder: Path, address: str = "http://127.0.0.1:9") -> str:
    """The sample session's page; its hostile parts point to `address`."""
    events = [
        type(event).model_validate_json(event.model_dump_json().replace("http://127.0.0.1:9", address))
        for event in sample_events()
    ]
    (folder / "session").mkdir()
    return export(write_session(folder / "session", events), "html").decode()


def _seen(browser: Browser, folder: Path, width: int, *flags: str) -> Seen:
    """What the script outside the page saw in it, at a width in CSS pixels."""
    file = folder / "frame.html"
    file.write_text(FRAME.replace("WIDTH", str(width)).replace("PAGE", escape(_page(folder))), encoding="utf-8")
    dom = browser.dom(file, f"--window-size={max(width, 600) + 50},1000", *flags)
    found = re.search(r'<pre id="seen">(.+?)</pre>', dom, re.DOTALL)
    assert found, dom[-2000:]
    return Seen.model_validate_json(unescape(found[1]))


def test_thinking_is_folded_diffs_are_coloured_and_a_switch_unfolds_all(browser: Browser, tmp_path: Path) -> None:
    seen = _seen(browser, tmp_path, 1200)
    assert seen.steps == seen.bars == 11
    assert seen.thinking == 9
    assert seen.thinking_open == 0
    assert (seen.added, seen.removed) == ("rgb(228, 246, 230)", "rgb(253, 234, 232)")
    assert seen.mark == "rgb(169, 227, 180)"
    assert seen.paper == "rgb(250, 248, 243)"
    assert seen.bar_height > 5
    assert seen.folded * 2 < seen.unfolded
    assert seen.output_folded * 2 < seen.output_unfolded
    assert seen.hidden == 0
    assert (seen.scripts, seen.images) == (0, 0)
    assert seen.title == "`slugify` drops letters that carry accents · Mimosa"


def test_a_narrow_screen_scrolls_down_only(browser: Browser, tmp_path: Path) -> None:
    seen = _seen(browser, tmp_path, 400)
    assert seen.width == 400
    assert seen.scroll_width == 400


def test_a_reader_who_likes_it_dark_gets_it_dark(browser: Browser, tmp_path: Path) -> None:
    seen = _seen(browser, tmp_path, 800, DARK)
    assert seen.paper == "rgb(23, 24, 27)"
    assert seen.added == "rgb(26, 51, 35)"


def test_opening_the_page_asks_nobody_for_anything_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    with listener() as (address, asked):
        file = tmp_path / "page.html"
        file.write_text(_page(tmp_path, address), encoding="utf-8")
        dom = browser.dom(file)
        assert asked == []
    assert "<title>`slugify` drops" in dom
    assert escape(HOSTILE.replace("http://127.0.0.1:9", address), quote=False) in dom


def test_the_policy_holds_even_where_something_got_through_the_escaping(browser: Browser, tmp_path: Path) -> None:
    """The second wall, tried by itself: the same hostile elements, put in raw, with the policy and without."""
    with listener() as (address, asked):
        raw = HOSTILE.replace("http://127.0.0.1:9", address).replace("</script><script>", "<script>")
        open_file, closed_file = tmp_path / "open.html", tmp_path / "closed.html"
        page = _page(tmp_path, address).replace("</main>", raw + "</main>")
        closed_file.write_text(page, encoding="utf-8")
        assert "<title>pwned" not in browser.dom(closed_file)
        assert asked == []
        open_file.write_text(page.replace('http-equiv="Content-Security-Policy"', ""), encoding="utf-8")
        assert "<title>pwned" in browser.dom(open_file)
        assert asked
