"""Completion in bash, zsh and fish: every command and option, as quick as the help."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from chats import ROOT
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from agent.cli.app import app

COMMANDS = ("run", "fix", "serve", "status", "logs", "stop", "config", "sessions", "doctor", "acp", "eval")
START = "import sys; from agent.cli import main; sys.argv[0] = 'mimosa'; main()"
OPTIONS = ("--continue", "--resume", "--fork", "--mode", "--model", "--base-url", "--sandbox", "--repo")


def mimosa(*arguments: str, **variables: str) -> tuple[str, float]:
    """What it prints, and the seconds of processor time that it took: a busy machine must not decide here."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def completed(shell: str, words: str) -> tuple[str, float]:
    return mimosa(
        _MIMOSA_COMPLETE=f"complete_{shell}",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
        _TYPER_COMPLETE_ARGS=words,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_complete_and_quick(shell: str) -> None:
    whole, help_s = mimosa("--help")
    commands, seconds = completed(shell, "mimosa ")
    assert [name for name in COMMANDS if name not in commands or name not in whole] == []
    options, _ = completed(shell, "mimosa --")
    assert [name for name in OPTIONS if name not in options or name not in whole] == []
    assert seconds < 2 * help_s + 0.5


def below(command: TyperCommand | TyperGroup, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, child in (command.commands if isinstance(command, TyperGroup) else {}).items():
        assert isinstance(child, TyperCommand | TyperGroup)
        yield from below(child, (*path, name))


def root() -> TyperGroup:
    found = get_command(app)
    assert isinstance(found, TyperGroup)
    return found


EVERY = dict(below(root(), ()))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_tells_and_completes_its_options(path: tuple[str, ...]) -> None:
    command = EVERY[path]
    assert isinstance(command, TyperCommand | TyperGroup)
    options = [
        name
        for parameter in command.params
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False)
        for name in parameter.opts
        if name.startswith("--")
    ]
    context = command.make_context("mimosa", [], resilient_parsing=True)
    completions = {item.value: item.help for item in command.shell_complete(context, "--")}
    assert [name for name in options if not completions.get(name)] == [], "each with a word of help"
    told = CliRunner(env={"COLUMNS": "300", "NO_COLOR": "1"}).invoke(app, [*path, "--help"])
    assert told.exit_code == 0
    assert [name for name in options if name not in told.stdout] == []
    if isinstance(command, TyperGroup):
        shown = {item.value: item.help for item in command.shell_complete(context, "")}
        seen = [name for name, child in command.commands.items() if not child.hidden]
        assert [name for name in seen if not shown.get(name)] == []
