"""`mimosa eval mine`: instances out of a repository's own history."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.config.settings import SandboxSettings
from agent.errors import UsageError
from agent.export.words import duration, plural
from evals.mining.base import Decision
from evals.mining.history import Repository
from evals.mining.ledger import Ledger
from evals.mining.mine import Miner
from sandbox.progress import shown_on, silent

NOTHING_FOUND = 3

CHEAP = ("no tests changed", "no code changed", "no bug told", "says too little", "too large", "binary files")
"""Reasons that are counted at the end and not told one by one: they are most of any history."""


@dataclass(frozen=True)
class MineRequest:
    """`limit` is the number of rows to stop at, 0 for all; `since` a date as git reads it."""

    repository: Path
    output: Path | None
    name: str
    limit: int
    since: str
    timeout: float
    test: str
    sandbox: str

    def settings(self) -> SandboxSettings:
        """The defaults, whatever the user's configuration says: rows must not depend on it. Raises UsageError."""
        if self.sandbox not in ("docker", "local"):
            raise UsageError(f"--sandbox is docker or local, not {self.sandbox!r}.")
        return SandboxSettings.model_validate({"backend": self.sandbox, "test": self.test})


def run_mine(request: MineRequest) -> int:
    """Mine, and tell of it on standard error; the path of the rows is all of standard output."""
    with told():
        console = Console(stderr=True, highlight=False)
        repository = Repository(request.repository, request.name)
        output = request.output or Path(f"mined-{repository.name.rpartition('/')[2]}")
        ledger = Ledger(output)
        commits = repository.commits(request.since)
        if known := sum(commit in ledger.decisions for commit in commits):
            console.print(f"{known} of {plural(len(commits), 'commit')} were decided on before, in {output}")
        with shown_on(console) as report:
            progress = report if console.is_terminal else silent  # in a pipe the decisions tell
            miner = Miner(repository, ledger, request.settings(), request.timeout, report, progress)
            for decision in miner.mine([] if _is_enough(ledger, request.limit) else commits):
                _tell(console, decision)
                if _is_enough(ledger, request.limit):
                    break
        _sum_up(console, ledger)
        if not ledger.kept:
            return NOTHING_FOUND
        print(ledger.rows)
        return 0


def _is_enough(ledger: Ledger, limit: int) -> bool:
    return limit > 0 and len(ledger.kept) >= limit


def _tell(console: Console, decision: Decision) -> None:
    if decision.reason in CHEAP:
        return
    if decision.row is not None:
        shows, holds = len(decision.row.FAIL_TO_PASS), len(decision.row.PASS_TO_PASS)
        unstable = f", {len(decision.unstable)} unstable left out" if decision.unstable else ""
        fail = "fails" if shows == 1 else "fail"
        what = f"{plural(shows, 'test')} {fail} without the fix, {holds} pass with and without it{unstable}"
        line, style = f"kept     {decision.commit[:10]}  {decision.subject}: {what}", "green"
    else:
        first = decision.detail.strip().rpartition("\n")[2]
        because = f"{decision.reason} ({first})" if first else str(decision.reason)
        line, style = f"dropped  {decision.commit[:10]}  {decision.subject}: {because}", "yellow"
    console.print(f"{line}  {duration(decision.seconds)}", style=style, markup=False, soft_wrap=True)


def _sum_up(console: Console, ledger: Ledger) -> None:
    reasons = Counter(decision.reason for decision in ledger.decisions.values() if decision.reason)
    console.print(f"{plural(len(ledger.decisions), 'commit')}: {len(ledger.kept)} kept", style="bold")
    for reason, count in reasons.most_common():
        console.print(f"{count:6}  {reason}", markup=False)
