"""A report's page as a browser shows it: whole, plotted, readable on a phone and in the dark, and quiet."""

import re
from html import escape, unescape
from pathlib import Path

import pytest
from browser import DARK, Browser, installed_browser, listener
from pydantic import BaseModel
from sessions_of_calls import session, shell
from written_runs import WrittenRun, instance

from agent.log import SessionLog
from evals.commands.report import ReportRequest, run_report
from evals.running.records import Cost

HOSTILE = "git log --all</code><script>document.title='pwned'</script><img src=http://127.0.0.1:9/x>"

FRAME = """<!doctype html><iframe style="width:WIDTHpx;height:900px" srcdoc="PAGE"></iframe><pre id="seen"></pre>
<script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument, view = page.defaultView;
  const all = (name) => [...page.querySelectorAll(name)];
  const shown = (name) => all(name).filter((row) => row.getBoundingClientRect().height > 0).length;
  const seen = {
    title: page.title, scripts: page.scripts.length, images: page.images.length,
    width: page.documentElement.clientWidth, scroll_width: page.documentElement.scrollWidth,
    paper: view.getComputedStyle(page.querySelector("body")).backgroundColor,
    line: view.getComputedStyle(page.querySelector(".line")).stroke,
    lines: all(".plot .line").length, bars: all(".plot .bar-of").length, bands: all(".plot .band").length,
    plot_heights: all(".plot svg").map((plot) => plot.getBoundingClientRect().height),
    links: all(".samples a").map((link) => link.getAttribute("href")), rows: shown(".samples tbody tr"),
    text: page.body.innerText,
  };
  page.querySelector(".only-open").click();
  seen.open_rows = shown(".samples tbody tr");
  page.querySelector(".only-marked").click();
  seen.marked_rows = shown(".samples tbody tr");
  document.querySelector("#seen").textContent = JSON.stringify(seen);
};
</script>"""


class Seen(BaseModel):
    """Sizes in CSS pixels, colours as CSS writes them, the rest are numbers of elements."""

    title: str
    scripts: int
    images: int
    width: int
    scroll_width: int
    paper: str
    line: str
    lines: int
    bars: int
    bands: int
    plot_heights: list[float]
    links: list[str]
    rows: int
    text: str
    open_rows: int
    marked_rows: int


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return installed_browser(tmp_path / "profile")


def written(folder: Path, name: str = "20261128-120000-abcd", address: str = "http://127.0.0.1:9") -> Path:
    """A run of six: three resolved, one of them marked with hostile words; its folder."""
    rows = tuple(instance(f"a__a-{number}") for number in range(6))
    run = WrittenRun(folder / name, rows)
    for number, row in enumerate(rows):
        log_folder = run.folder.session(row.instance_id, 1, 1)
        log_folder.mkdir(parents=True)
        log = SessionLog.create(log_folder)
        last = HOSTILE.replace("http://127.0.0.1:9", address) if number == 2 else "ls"
        log.copy(session(*(shell("pytest -q") for _ in range(4)), shell(last)))
        log.close()
        cost = Cost(
            steps=5, prompt_tokens=9000 + number, completion_tokens=90, seconds=9, accept_length=2.5 + number / 4
        )
        run.solve(row.instance_id, "resolved" if number < 3 else "wrong patch", cost=cost)
    run.finish()
    return run.path


def page_of(folder: Path, *runs: Path) -> Path:
    target = folder / "report.html"
    assert run_report(ReportRequest(tuple(map(str, runs)), html=target)) == 0
    return target


def seen(browser: Browser, folder: Path, page: Path, width: int, *flags: str) -> Seen:
    file = folder / "frame.html"
    text = FRAME.replace("WIDTH", str(width)).replace("PAGE", escape(page.read_text(encoding="utf-8")))
    file.write_text(text, encoding="utf-8")
    dom = browser.dom(file, f"--window-size={max(width, 600) + 50},1000", *flags)
    found = re.search(r'<pre id="seen">(.+?)</pre>', dom, re.DOTALL)
    assert found, dom[-2000:]
    return Seen.model_validate_json(unescape(found[1]))


def test_the_page_shows_the_numbers_the_plots_and_every_sample(browser: Browser, tmp_path: Path) -> None:
    page = page_of(tmp_path, written(tmp_path))
    look = seen(browser, tmp_path, page, 1200)
    assert "resolved 3 of 6, 50.0%" in look.text
    assert (look.scripts, look.images) == (0, 0)
    assert (look.lines, look.bands) == (3, 1)
    assert look.bars == 6
    assert len(look.plot_heights) == 4
    assert min(look.plot_heights) > 150
    assert (look.rows, look.open_rows, look.marked_rows) == (6, 3, 1)
    assert HOSTILE in look.text
    assert len(look.links) == 6
    for link in look.links:
        assert "Conversation" in (page.parent / link).read_text(encoding="utf-8")


def test_two_runs_stand_in_the_same_plots(browser: Browser, tmp_path: Path) -> None:
    page = page_of(tmp_path, written(tmp_path), written(tmp_path, "20261128-130000-efgh"))
    look = seen(browser, tmp_path, page, 1200)
    assert len(look.plot_heights) == 4
    assert look.lines == 6
    assert "McNemar's exact test: p = 1." in look.text


def test_on_a_phone_and_in_the_dark(browser: Browser, tmp_path: Path) -> None:
    page = page_of(tmp_path, written(tmp_path))
    look = seen(browser, tmp_path, page, 400, DARK)
    assert (look.width, look.scroll_width) == (400, 400)
    assert look.paper == "rgb(23, 24, 27)"
    assert look.line == "rgb(240, 189, 29)"


def test_opening_the_page_asks_nobody_for_anything(browser: Browser, tmp_path: Path) -> None:
    with listener() as (address, asked):
        page = page_of(tmp_path, written(tmp_path, address=address))
        dom = browser.dom(page)
        assert asked == []
    assert "<title>20261128-120000-abcd" in dom
