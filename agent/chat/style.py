"""Colours of what prompt_toolkit draws: the sixteen of the terminal, so that they fit its theme."""

from prompt_toolkit.styles import Style

MARK = "\u203a"
"""Stands before what is typed, and before what is chosen."""

STYLE = Style.from_dict(
    {
        "rule": "ansibrightblack",
        "rule.read-only": "ansiblue",
        "rule.ask": "ansibrightblack",
        "rule.auto": "ansiyellow",
        "prompt": "ansicyan bold",
        "waiting": "ansibrightblack",
        "status": "ansibrightblack",
        "status.name": "",
        "status.mode.read-only": "ansiblue",
        "status.mode.ask": "ansigreen",
        "status.mode.auto": "ansiyellow",
        "status.warning": "ansired bold",
        "panel.title": "bold",
        "panel.key": "ansicyan bold",
        "panel.chosen": "reverse",
        "panel.hint": "ansibrightblack",
        "completion-menu": "noinherit",
        "completion-menu.completion": "noinherit",
        "completion-menu.completion.current": "noinherit reverse",
        "completion-menu.meta.completion": "noinherit ansibrightblack",
        "completion-menu.meta.completion.current": "noinherit ansibrightblack reverse",
        "scrollbar.background": "noinherit",
        "scrollbar.button": "noinherit reverse",
        "search-toolbar": "ansicyan",
        "placeholder": "ansibrightblack",
    }
)
