"""The line under the input: what is in it, and what stays where there is little room."""

from dataclasses import replace

from agent.chat.status import Figures, fitted, parts_of
from agent.conversation.standing import Standing

STANDING = Standing(
    session="s",
    model="mimo-v2-flash",
    profile="mimo-v2-flash",
    sandbox="docker, python:3.12, no network",
    mode="ask",
    locked=False,
    tokens=60_000,
    context_length=262_144,
    changed=2,
)


def line(standing: Standing, columns: int) -> str:
    return "".join(part[1] for part in fitted(parts_of(standing, Figures(tokens_per_s=143)), columns))


def test_it_says_that_changed_files_wait_to_be_applied() -> None:
    assert (
        line(STANDING, 100) == "ask · mimo-v2-flash · docker · 23% used, 202k left · 2 files to apply · 143 tok/s"
    )
    assert "1 file to apply" in line(replace(STANDING, changed=1), 100)
    assert "to apply" not in line(replace(STANDING, changed=0), 100)


def test_in_a_narrow_terminal_what_matters_most_stays() -> None:
    assert line(STANDING, 40) == "ask · docker · 23% used, 202k left"
    assert line(STANDING, 75).endswith("23% used, 202k left · 2 files to apply")


def test_what_the_server_says_stands_at_its_end() -> None:
    asked = replace(STANDING, changed=0, read=1000, cached=910, model_seconds=18.0)
    figures = Figures(acceptance=3.2, gpu_seconds=72.0, joules=36_000.0)
    told = "".join(part[1] for part in fitted(parts_of(asked, figures), 120))
    assert told.endswith("accept 3.2 · cache 91% · 72 GPU s · 10.0 Wh")
