"""The Typer app of all commands."""

import typer

from agent.cli.benching import bench
from agent.cli.chatting import chat
from agent.cli.configuring import config
from agent.cli.editing import acp
from agent.cli.examining import doctor
from agent.cli.fixing import fix
from agent.cli.models import fetch, models
from agent.cli.plugged import plug_in
from agent.cli.running import run
from agent.cli.serving import logs, serve, status, stop, top
from agent.cli.sessions import sessions
from agent.cli.trusting import trust

app = typer.Typer(
    name="mimosa",
    help="A coding agent for the terminal that keeps your code in the house.",
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.callback()(chat)
for command in (run, fix, serve, status, top, logs, stop, models, fetch, config, trust, acp, doctor):
    app.command()(command)
app.add_typer(sessions, name="sessions")
app.add_typer(bench, name="bench")
plug_in(app)


def with_choice(words: list[str]) -> list[str]:
    """The command line with a `?` after a bare `--resume`: typer has no option whose value may be left out."""
    bare = (
        word == "--resume" and (number + 1 == len(words) or words[number + 1].startswith("-"))
        for number, word in enumerate(words)
    )
    return [f"{word}=?" if without else word for word, without in zip(words, bare, strict=True)]
