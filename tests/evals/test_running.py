"""A run in the local sandbox: what is counted, what is tried again, what is kept."""

from pathlib import Path

import pytest
from running_bench import TinyRun, assert_whole, starts, verdicts
from tiny import GOLD, TinyGrader, TinyPreparer

from agent.config.load import Loaded
from evals.errors import EvalError, EvalInfrastructure
from evals.grading.base import Grade
from evals.instances.base import Instance
from evals.running.base import Prepared
from evals.running.begin import open_journal
from evals.running.breaker import Patience
from evals.running.budget import RunLimits
from evals.running.records import AttemptStarted, GradingFailed
from sandbox.progress import Report, silent

ODD_FILE = """\
diff --git a/odd.sh b/odd.sh
new file mode 100755
--- /dev/null
+++ b/odd.sh
@@ -0,0 +1 @@
+echo $HOME `x` 'é' EOF
"""


def test_gold_resolves_everything_and_null_nothing(tmp_path: Path) -> None:
    gold = TinyRun(tmp_path / "gold", number=4)
    assert gold.go().reason == "complete"
    assert_whole(gold.read())
    assert set(verdicts(gold.read()).values()) == {True}
    null = TinyRun(tmp_path / "null", number=2, model="null")
    assert null.go().reason == "complete"
    assert set(verdicts(null.read()).values()) == {False}
    assert [end.outcome for end in null.ends()] == ["finished", "finished"]
    assert {result.counted.grade.reason for result in null.read().results} == {"no patch"}


def test_an_attempt_leaves_its_session_its_patch_and_its_cost(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=1)
    run.go()
    end = run.ends()[0]
    assert (run.folder.path / end.patch).read_text().endswith("-wrong\n+right\n")
    assert (run.folder.session(end.instance_id, 1, 1) / "events.jsonl").is_file()
    assert end.cost.steps == 3  # the patch, a finish that is asked about the tests, and another
    assert end.cost.seconds > 0
    assert end.commits == 1
    assert end.commits_digest


def test_samples_are_independent_and_all_graded(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=2, samples=3)
    run.go()
    assert_whole(run.read())
    assert len(verdicts(run.read())) == 6
    assert len({run.folder.session(i, s, a) for i, s, a in starts(run.events())}) == 6


def test_instances_of_one_repository_run_near_each_other(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=6, workers=1)
    run.go()
    assert [name[0] for name, _, _ in starts(run.events())] == ["a", "a", "a", "b", "b", "b"]


def test_a_limit_is_a_result_and_its_patch_is_kept(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=1, flags={"limits__steps": 1})
    run.go()
    end = run.ends()[0]
    assert end.outcome == "limit"
    assert end.patch
    assert verdicts(run.read()) == {(end.instance_id, 1): True}


class Failing(TinyPreparer):
    """Fails `times` times at each instance with `error`, then works."""

    error: Exception = EvalInfrastructure("image", "no image today")
    times = 1

    def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
        count = self.seen[instance.instance_id] = self.seen.get(instance.instance_id, 0) + 1
        if count <= self.times:
            raise self.error
        return super().prepare(instance, folder, report)

    @property
    def seen(self) -> dict[str, int]:
        return self.__dict__.setdefault("counts", {})


def failing(times: int, error: Exception) -> type[TinyPreparer]:
    return type("FailingPreparer", (Failing,), {"times": times, "error": error})


@pytest.mark.parametrize("cause", ["image", "server"])
def test_infrastructure_is_tried_again_and_is_nobodys_failure(tmp_path: Path, cause: str) -> None:
    run = TinyRun(tmp_path, new_preparer=failing(2, EvalInfrastructure(cause, "away")))
    assert run.go().reason == "complete"
    assert_whole(run.read())
    assert set(verdicts(run.read()).values()) == {True}
    lost = [end for end in run.ends() if end.outcome == "infrastructure"]
    assert len(lost) == 6
    assert {end.infrastructure for end in lost} == {cause}
    assert sorted(attempt for _, _, attempt in starts(run.events())) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_what_stays_broken_is_given_up_and_tried_again_on_resume(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=2, patience=Patience(tries=2, first_wait_s=0.01, most_wait_s=0.02))
    run.new_preparer = failing(99, EvalInfrastructure("image", "no image at all"))
    assert run.go().reason == "complete"
    assert [result.state for result in run.read().results] == ["infrastructure"] * 2
    assert len(run.ends()) == 4
    run.new_preparer = TinyPreparer
    run.go()
    assert_whole(run.read())
    assert sorted(attempt for _, _, attempt in starts(run.events())) == [1, 1, 2, 2, 3, 3]


def test_a_row_that_cannot_be_used_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    class OneBroken(TinyPreparer):
        def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
            if instance.instance_id.endswith("-0"):
                raise EvalError("its base commit is missing")
            return super().prepare(instance, folder, report)

    run = TinyRun(tmp_path, new_preparer=OneBroken)
    assert run.go().reason == "complete"
    assert [result.state for result in run.read().results] == ["failed", "graded", "graded"]
    assert "base commit is missing" in next(end.detail for end in run.ends() if end.outcome == "failed")


def test_a_verdict_that_could_not_be_had_is_had_later(tmp_path: Path) -> None:
    class Flaky(TinyGrader):
        def __init__(self, loaded: Loaded) -> None:
            super().__init__(loaded)
            self.__dict__["asked"] = []

        def grade(self, instance: Instance, patch: bytes, folder: Path) -> Grade:
            self.__dict__["asked"].append(instance.instance_id)
            if self.__dict__["asked"].count(instance.instance_id) == 1:
                raise EvalInfrastructure("engine", "away")
            return super().grade(instance, patch, folder)

    run = TinyRun(tmp_path, number=2, new_grader=Flaky)
    run.go()
    assert_whole(run.read())
    assert sum(isinstance(event, GradingFailed) for event in run.events()) == 2
    assert len(run.ends()) == 2, "a lost verdict is no reason to work again"


def test_results_without_a_verdict_are_graded_when_the_run_goes_on(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=2, grade=False)
    run.go()
    assert [result.state for result in run.read().results] == ["ungraded"] * 2
    again = TinyRun(tmp_path, number=2)
    again.go()
    assert_whole(again.read())
    assert len(again.ends()) == 2


def test_a_torn_line_and_an_attempt_cut_off_are_put_right(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=2, grade=False)
    run.go()
    whole = run.folder.journal.read_bytes()
    ended = run.ends()[0]
    kept = whole[: whole.index(b'{"n":3,')]
    assert b"attempt_ended" not in kept
    run.folder.journal.write_bytes(kept + b'{"n":3,"at":17950000')
    TinyRun(tmp_path, number=2).go()
    assert_whole(run.read())
    cut_off = next(end for end in run.ends() if end.outcome == "interrupted")
    assert cut_off.detail == "the run was killed"
    assert (run.folder.path / cut_off.patch).read_text().endswith("+right\n"), "its diff is salvaged"
    assert cut_off.cost.steps == ended.cost.steps
    assert run.events()[0].type == "run_started"
    assert sum(event.type == "run_started" and event.resumed for event in run.events()) == 1


def test_a_run_goes_on_in_one_process_at_a_time(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=1)
    run.go()
    journal = open_journal(run.folder, 1, 1)
    try:
        with pytest.raises(EvalError, match="going on in another process"):
            run.go()
    finally:
        journal.close()


def test_a_limit_over_the_run_stops_new_starts_and_grades_what_there_is(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=8, workers=1, limits=RunLimits(hours=1e-7))
    end = run.go()
    assert end.reason == "limit"
    assert "limit" in end.detail
    states = [result.state for result in run.read().results]
    assert states.count("waiting") == 8 - states.count("graded") > 0
    run.request = run.request.model_copy(update={"limits": RunLimits()})
    assert run.go().reason == "complete"
    assert_whole(run.read())


def test_best_of_several_is_chosen_by_the_tests_that_the_agent_may_see(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=1, tries=2)
    run.go()
    assert_whole(run.read())
    folder = run.folder.attempt(run.instances[0].instance_id, 1, 1)
    assert (folder / "session" / "events.jsonl").is_file()
    assert [path.name for path in (folder / "tries").iterdir()] == ["2"], "the other one is kept"
    assert run.ends()[0].cost.steps == 6


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    run = TinyRun(tmp_path)
    run.go()
    assert not run.folder.prepared.exists()


def test_the_gold_patch_may_hold_anything(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, number=1)
    odd = GOLD + ODD_FILE
    run.instances = [run.instances[0].model_copy(update={"patch": odd})]
    run.go()
    patch = (run.folder.path / run.ends()[0].patch).read_text()
    assert "+echo $HOME `x` 'é' EOF" in patch
    assert "new file mode 100755" in patch


def test_an_attempt_is_journalled_before_anything_is_done_for_it(tmp_path: Path) -> None:
    journalled: list[bool] = []

    class Looking(TinyPreparer):
        def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
            events = [line.event for line in run.read().lines]
            journalled.append(
                any(isinstance(e, AttemptStarted) and e.instance_id == instance.instance_id for e in events)
            )
            return super().prepare(instance, folder, report)

    run = TinyRun(tmp_path, new_preparer=Looking)
    run.go()
    assert journalled == [True] * 3
