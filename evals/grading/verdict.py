"""From a log to a verdict, by swebench's own graders and parsers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from evals.errors import EvalError
from evals.grading.base import Reason, Tally
from evals.instances.base import Instance
from evals.swebench import grader_module
from model_runtime.messages import Frozen

PYTEST_PARSER = "parse_log_pytest_v2"
"""For rows that name none. The first version cuts a test's id at the first space."""


class Verdict(Frozen):
    """`statuses` are the tests that the log tells of, as (id, status)."""

    reason: Reason
    fail_to_pass: Tally = Tally()
    pass_to_pass: Tally = Tally()
    statuses: tuple[tuple[str, str], ...] = ()
    note: str = ""


def judge(instance: Instance, log: Path) -> Verdict:
    """The verdict on a log that `write_log` wrote. Raises EvalError for a parser that swebench does not have."""
    grading = grader_module("grading")
    spec = _spec(instance)
    statuses, found = grading.get_logs_eval(spec, str(log))
    if not found:
        return Verdict(reason="no result", note=_why_not(log))
    named = {"FAIL_TO_PASS": list(instance.FAIL_TO_PASS), "PASS_TO_PASS": list(instance.PASS_TO_PASS)}
    kind = grader_module("constants").EvalType(spec.eval_type)
    report = grading.get_eval_tests_report(statuses, named, eval_type=kind)
    resolved = grading.get_resolution_status(report) == "RESOLVED_FULL"
    reason: Reason = "resolved"
    if not resolved:
        reason = "wrong patch" if report["FAIL_TO_PASS"]["failure"] else "broke tests"
    return Verdict(
        reason=reason,
        fail_to_pass=_tally(report["FAIL_TO_PASS"]),
        pass_to_pass=_tally(report["PASS_TO_PASS"]),
        statuses=tuple(statuses.items()),
    )


def _spec(instance: Instance) -> Any:
    parser = instance.log_parser or PYTEST_PARSER
    if parser not in grader_module("log_parsers").PARSER_REGISTRY:
        raise EvalError(f"{instance.instance_id}: swebench has no log_parser {parser}.")
    return SimpleNamespace(log_parser=parser, eval_type=instance.eval_type or "pass_and_fail")


def _tally(side: dict[str, list[str]]) -> Tally:
    return Tally(passed=tuple(side["success"]), failed=tuple(side["failure"]))


def _why_not(log: Path) -> str:
    exit_code = grader_module("grading").parse_test_exit_code(log.read_text(encoding="utf-8", errors="replace"))
    return f"the tests ended with exit code {exit_code}, and their output names no test that explains it"
