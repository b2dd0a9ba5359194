"""All rules over one session."""

from collections.abc import Iterable

from agent.events import Record
from evals.instances.base import Instance
from evals.marks.answers import AnswersRule
from evals.marks.base import Mark, Rule, Story
from evals.marks.exits import ExitsRule
from evals.marks.grader import GraderRule
from evals.marks.history import HistoryRule
from evals.marks.markers import MarkersRule
from evals.marks.runner import RunnerRule
from evals.marks.story import actions_of
from evals.marks.upstream import UpstreamRule
from evals.marks.weakened import WeakenedRule

RULES: tuple[Rule, ...] = (
    HistoryRule(),
    UpstreamRule(),
    WeakenedRule(),
    RunnerRule(),
    ExitsRule(),
    MarkersRule(),
    GraderRule(),
    AnswersRule(),
)


def scan(records: Iterable[Record], *, patch: str = "", instance: Instance | None = None) -> tuple[Mark, ...]:
    """The marks of a session, by step. `patch` is the diff that came of it."""
    story = Story(actions_of(records), patch, instance)
    found = [mark for rule in RULES for mark in rule.marks(story)]
    return tuple(sorted(found, key=lambda mark: (mark.step, mark.rule)))
