"""Attempts to get a verdict without the work: found in a session's log by rules that always say the same."""

from evals.marks.base import Mark
from evals.marks.scan import scan

__all__ = ["Mark", "scan"]
