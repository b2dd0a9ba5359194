"""What is seen of a run while it goes on."""

import time
from contextlib import nullcontext
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text
from running_bench import TinyRun
from tiny import TinyGrader, TinyPreparer, make_repository, settings, tiny_instances

from evals.errors import EvalInfrastructure
from evals.instances.base import Instance
from evals.running.attempt import Attempt
from evals.running.base import Done, News, Prepared, Work
from evals.running.kit import Bench, Kit
from evals.running.records import Cost
from evals.running.standing import Standing
from evals.running.watcher import Nobody
from evals.screen.plain import PlainWatcher
from evals.screen.terminal import Region
from evals.screen.words import pace_in_words, rows_in_words
from sandbox.progress import Progress, Report, silent

INSTANCE = Instance(
    instance_id="any",
    repo="acme/tool",
    base_commit="0",
    problem_statement="It is wrong.",
    patch="",
    test_patch="",
    FAIL_TO_PASS=("test",),
)


def standing_of(*told: tuple[str, bool, float], grading: tuple[str, ...] = ()) -> Standing:
    standing = Standing("run", wanted=9, grade=True, grading={(name, 1) for name in grading})
    for name, at_work, seconds in told:
        instance = INSTANCE.model_copy(update={"instance_id": name})
        work = Work(kind="attempt", instance=instance, sample=1, attempt=1, folder=Path("unused"))
        words = "asking the model" if at_work else "ready"
        standing.running[work.key] = News(work, words, cost=Cost(seconds=seconds), at_work=at_work)
    return standing


def drawn(standing: Standing, width: int = 80, height: int = 24) -> str:
    console = Console(file=StringIO(), width=width, height=height, force_terminal=False)
    with console.capture() as capture:
        console.print(Region(standing, console))
    return capture.get()


def test_who_waits_for_a_slot_is_not_said_to_run() -> None:
    standing = standing_of(("a", False, 0), ("b", True, 1), ("c", True, 9), grading=("z",))
    assert pace_in_words(standing) == "2 running · 1 grading · 1 getting ready"
    assert [name for name, _ in rows_in_words(standing)] == ["c", "b", "z", "a"]


def test_what_is_graded_is_named_as_long_as_it_takes() -> None:
    lines = drawn(standing_of(("later", False, 0), grading=("slow-tests",))).splitlines()
    assert lines[-2:] == ["  slow-tests  grading", "  later       ready"]


def test_the_region_stays_within_the_terminal() -> None:
    many = standing_of(*((f"{'long' * 20}-{n}", True, n) for n in range(9)), grading=("x", "y"))
    lines = drawn(many, width=40, height=12).splitlines()
    assert lines[-1] == "  and 7 more"
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 40


def test_a_terminal_that_became_narrower_keeps_no_line_of_the_region() -> None:
    """It has broken each line in two that no longer fits; the rows above those that were drawn are erased too."""
    standing = standing_of(("a", True, 1), ("b" * 30, True, 2))
    out = StringIO()
    console = Console(file=out, width=90, height=24, force_terminal=True, legacy_windows=False)
    region = Region(standing, console)
    console.print(region)
    assert "\x1b[1A" not in out.getvalue(), "nothing stands above yet"
    widest = max(len(line) for line in Text.from_ansi(out.getvalue()).plain.splitlines())
    assert 40 < widest <= 80
    console.width = 40
    console.print(region)
    assert out.getvalue().count("\x1b[1A\x1b[2K") == 3, "the bar and the two padded rows broke"
    console.print(region)
    assert out.getvalue().count("\x1b[1A\x1b[2K") == 3


def test_what_waits_to_be_graded_is_not_said_to_be_graded() -> None:
    standing = standing_of(("a", True, 1), grading=("b",))
    standing.to_grade.update({("c", 1), ("d", 1)})
    assert pace_in_words(standing) == "1 running · 1 grading · 2 to grade"
    assert rows_in_words(standing)[1:3] == [("b", "grading"), ("c", "waits to be graded")]


def test_one_worker_grades_one_at_a_time_and_the_others_wait(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    class Watching(Nobody):
        def began(self, standing: Standing) -> None:
            self.standing = standing

        def done(self, _done: Done, standing: Standing) -> None:
            seen.append((len(standing.grading), len(standing.to_grade)))

    run = TinyRun(tmp_path, number=6, workers=1, watcher=Watching())
    run.go()
    assert max(now for now, _ in seen) <= 1
    assert seen[-1] == (0, 0)


def test_a_pipe_is_told_each_step_of_an_image_once(tmp_path: Path) -> None:
    out = StringIO()
    TinyRun(tmp_path, number=2, samples=2, watcher=PlainWatcher(out)).go()
    steps = [line for line in out.getvalue().splitlines() if "image" in line]
    assert sorted(steps) == [f"{name}  its image, 2 of 3: copying" for name in ("a__a-0", "b__b-1")]
    assert "\x1b" not in out.getvalue()


def test_a_pipe_is_told_of_the_whole_though_nothing_ends() -> None:
    out, times = StringIO(), iter([0.0, 1.0, 61.0, 61.0, 62.0, 130.0, 130.0])
    watcher = PlainWatcher(out, lambda: next(times))
    standing = standing_of(("a", True, 1))
    (news,) = standing.running.values()
    for _ in range(4):
        watcher.heard(news, standing)
    assert [line.partition(";")[0] for line in out.getvalue().splitlines()] == ["none graded yet"] * 2


async def test_an_attempt_says_when_it_has_its_slot(tmp_path: Path) -> None:
    """Its sandbox is prepared before that, and is nobody's turn yet."""
    instance = tiny_instances([make_repository(tmp_path / "a")], 1)[0]
    told: list[News | Done] = []
    kit = Kit(settings(model__name="gold"), TinyPreparer, TinyGrader)
    bench = await Bench.open(kit, tmp_path / "prepared")
    work = Work(kind="attempt", instance=instance, sample=1, attempt=1, folder=tmp_path / "attempt")
    await Attempt(work, bench, told.append, nullcontext(), "test").make()
    await bench.close()
    news = [(one.words, one.at_work) for one in told if isinstance(one, News)]
    assert news[:5] == [
        ("preparing", False),
        ("its image, 2 of 3: copying", False),
        ("starting the sandbox", False),
        ("ready", False),
        ("starting", True),
    ]
    assert all(at_work for _, at_work in news[4:])
    assert all(one.at_work or one.cost == Cost() for one in told if isinstance(one, News))


async def test_what_ends_while_it_is_prepared_has_cost_nothing(tmp_path: Path) -> None:
    """An image may take minutes to build; an interrupted run would count them as the model's."""

    class Slow(TinyPreparer):
        def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
            report(Progress("image", "made"))
            time.sleep(0.2)
            raise EvalInfrastructure("image", f"no image of {instance.instance_id} for {folder}")

    bench = await Bench.open(Kit(settings(model__name="gold"), Slow, TinyGrader), tmp_path / "prepared")
    work = Work(kind="attempt", instance=INSTANCE, sample=1, attempt=1, folder=tmp_path / "attempt")
    ended = await Attempt(work, bench, lambda _: None, nullcontext(), "test").make()
    await bench.close()
    assert (ended.outcome, ended.cost) == ("infrastructure", Cost())
