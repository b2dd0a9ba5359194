"""Walks a history and decides on each commit: a look first, then four runs of its tests in the sandbox."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.config.settings import SandboxSettings
from agent.place import Place
from evals.instances.base import Instance
from evals.mining.base import Candidate, Decision, Drop
from evals.mining.checks import first_objection
from evals.mining.environment import prepare
from evals.mining.hidden import hidden_needs
from evals.mining.history import Repository
from evals.mining.judge import Shown, judge
from evals.mining.ledger import Ledger
from evals.mining.message import issue_text
from evals.mining.trial import DoesNotApply, Trial, command_of, run_trial
from sandbox.errors import EngineUnavailable, EnvironmentFailed, SandboxDied
from sandbox.progress import Progress, Report, silent


@dataclass(frozen=True)
class Miner:
    """`timeout` bounds one run of the tests, in seconds; `settings` say in what they run. `report` hears of images
    that are made, `progress` of how far the history is walked."""

    repository: Repository
    ledger: Ledger
    settings: SandboxSettings
    timeout: float = 300.0
    report: Report = silent
    progress: Report = silent

    def mine(self, commits: list[str]) -> Iterator[Decision]:
        """Decide on the commits that the ledger does not know yet; each decision is on disk before it is yielded.
        Raises EngineUnavailable, SandboxDied and EvalError: nothing can be decided then."""
        for number, commit in enumerate(commits):
            if commit in self.ledger.decisions:
                continue
            kept = f"{len(self.ledger.kept)} kept, now {commit[:10]}"
            self.progress(Progress("mining", kept, number, len(commits)))
            decision = self.decide(commit)
            self.ledger.add(decision)
            yield decision

    def decide(self, commit: str) -> Decision:
        begun = time.monotonic()
        candidate = self.repository.candidate(commit)
        if candidate is None:
            return Decision(commit=commit, subject="", reason="no tests changed", detail="the first commit")
        drop = first_objection(candidate) or hidden_needs(candidate, self._known_before(candidate))
        found = drop or self._try(candidate)
        seconds = round(time.monotonic() - begun, 1)
        if isinstance(found, Drop):
            return Decision(
                commit=commit,
                subject=candidate.subject,
                reason=found.reason,
                detail=found.detail,
                seconds=seconds,
            )
        row = self._row(candidate, found)
        return Decision(
            commit=commit, subject=candidate.subject, unstable=found.unstable, seconds=seconds, row=row
        )

    def _known_before(self, candidate: Candidate) -> "_Known":
        return _Known(self.repository, candidate.parent)

    def _try(self, candidate: Candidate) -> Shown | Drop:
        with TemporaryDirectory(prefix="mimosa-mine-") as scratch:
            tree = Path(scratch) / "tree"
            self.repository.check_out(candidate.parent, tree)
            try:
                place = prepare(tree, candidate.at, self.settings, Path(scratch), self.report)
                return asyncio.run(self._runs(candidate, place))
            except (EngineUnavailable, SandboxDied):
                raise
            except EnvironmentFailed as error:
                return Drop("no environment", str(error).strip()[-400:])
            except DoesNotApply as error:
                return Drop("does not apply", str(error)[:400])

    async def _runs(self, candidate: Candidate, place: Place) -> Shown | Drop:
        whole = command_of(place)
        first = await self._run(candidate, place, whole, fixed=False)
        if first.hangs:  # perhaps only another test of the suite does
            whole = command_of(place, [path for path in candidate.test_files if path.endswith(".py")])
            first = await self._run(candidate, place, whole, fixed=False)
            if first.hangs:
                return judge((first, first), (first, first), candidate.test_files)
        with_fix = await self._run(candidate, place, whole, fixed=True)
        early = judge((first, first), (with_fix, with_fix), candidate.test_files)
        if isinstance(early, Drop):
            return early  # a second run cannot save what the first did not show
        second = await self._run(candidate, place, whole, fixed=False)
        again = await self._run(candidate, place, whole, fixed=True)
        return judge((first, second), (with_fix, again), candidate.test_files)

    async def _run(self, candidate: Candidate, place: Place, command: str, *, fixed: bool) -> Trial:
        patches = (candidate.test_patch, candidate.patch) if fixed else (candidate.test_patch,)
        return await run_trial(place, self.settings, patches, command, self.timeout)

    def _row(self, candidate: Candidate, shown: Shown) -> Instance:
        name = self.repository.name
        return Instance(
            instance_id=f"{name.replace('/', '__')}-{candidate.commit[:10]}",
            repo=self.repository.address,
            base_commit=candidate.parent,
            problem_statement=issue_text(candidate.message),
            patch=candidate.patch.decode(errors="replace"),
            test_patch=candidate.test_patch.decode(errors="replace"),
            FAIL_TO_PASS=shown.fail_to_pass,
            PASS_TO_PASS=shown.pass_to_pass,
            created_at=datetime.fromtimestamp(candidate.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            log_parser="parse_log_pytest_v2",
            eval_type="pass_and_fail",
            source="mined",
        )


@dataclass(frozen=True)
class _Known:
    """Whether a word was in the repository before the fix."""

    repository: Repository
    commit: str

    def __call__(self, word: str) -> bool:
        return self.repository.has_word(word, self.commit)
