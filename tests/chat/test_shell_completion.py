"""Completion in bash, zsh and fish: every command and option, as quick as the help."""

import os
import resource
import subprocess
import sys

import pytest
from chats import ROOT

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
