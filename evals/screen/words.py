"""What is said of a run, in words; the terminal and the pipe say the same."""

from dataclasses import dataclass

from agent.export.visible import visible
from agent.export.words import duration, first_line, plural, short_count
from evals.reports.intervals import wilson
from evals.running.base import Done, News
from evals.running.records import AttemptEnded, AttemptGraded, Cost, GradingFailed
from evals.running.standing import Standing

GOOD, WARNING, BAD, DIM = "green", "yellow", "red", "dim"


@dataclass(frozen=True)
class Told:
    """One line on a piece of work that has ended: its name, a verdict in one or two words, and what else there is
    to say. `style` colours the verdict."""

    name: str
    verdict: str
    style: str
    detail: str


def told_of(done: Done, standing: Standing) -> Told | None:
    """None if there is nothing to say yet: an attempt that will be graded is told with its verdict."""
    name = name_of(done)
    match done.event:
        case AttemptGraded(grade=grade):
            style = GOOD if grade.resolved else WARNING
            detail = f"graded in {duration(grade.seconds)}" if grade.seconds else ""
            return Told(name, grade.reason, style, detail)
        case GradingFailed(infrastructure=cause, detail=detail):
            return Told(name, f"not graded: {cause or 'defect'}", BAD, first_line(visible(detail)))
        case AttemptEnded(outcome="infrastructure", infrastructure=cause, detail=detail):
            return Told(name, f"lost: {cause}", BAD, first_line(visible(detail)))
        case AttemptEnded(outcome="failed", detail=detail):
            return Told(name, "defect", BAD, first_line(visible(detail)))
        case AttemptEnded(outcome="interrupted"):
            return None
        case AttemptEnded(outcome=outcome, patch=patch, cost=cost):
            if standing.grade:
                return None
            return Told(name, outcome if patch else "no patch", GOOD if patch else WARNING, cost_in_words(cost))


def name_of(done: Done) -> str:
    """The instance, and which sample and attempt where that is not the first."""
    work = done.work
    sample = f" sample {work.sample}" if work.sample > 1 else ""
    attempt = f" attempt {work.attempt}" if work.attempt > 1 else ""
    return f"{work.instance.instance_id}{sample}{attempt}"


def cost_in_words(cost: Cost) -> str:
    tokens = cost.prompt_tokens + cost.completion_tokens
    read = f", {short_count(tokens)} tokens" if tokens else ""
    return f"{plural(cost.steps, 'step')}{read}, {duration(cost.seconds)}"


def resolved_in_words(standing: Standing) -> str:
    """`resolved 31 of 57: 54% (41 to 67%)`; the interval is Wilson's, 95%."""
    if not standing.grade:
        return f"{standing.results} done"
    if not standing.graded:
        return "none graded yet"
    low, high = wilson(standing.resolved, standing.graded)
    share = standing.resolved / standing.graded
    return f"resolved {standing.resolved} of {standing.graded}: {share:.0%} ({low * 100:.0f} to {high * 100:.0f}%)"


def time_in_words(standing: Standing) -> str:
    left = standing.seconds_left
    about = f", about {duration(left)} left" if left is not None and standing.finished < standing.wanted else ""
    return f"{duration(standing.seconds)}{about}"


def pace_in_words(standing: Standing) -> str:
    """How much is at work, and how fast."""
    running = sum(news.at_work for news in standing.running.values())
    parts = [f"{running} running"]
    if standing.grading:
        parts.append(f"{len(standing.grading)} grading")
    if standing.to_grade:
        parts.append(f"{len(standing.to_grade)} to grade")
    if ahead := len(standing.running) - running:
        parts.append(f"{ahead} getting ready")
    if rate := standing.written.a_second():
        parts.append(f"{rate:,.0f} tokens/s")
    if standing.acceptance:
        parts.append(f"acceptance {standing.acceptance:.2f}")
    if standing.spent.tokens:
        parts.append(f"{short_count(int(standing.spent.tokens))} tokens")
    if standing.spent.money:
        parts.append(f"cost {standing.spent.money:,.2f}")
    if standing.lost:
        parts.append(f"{plural(standing.lost, 'attempt')} lost to infrastructure")
    if standing.given_up:
        parts.append(f"{standing.given_up} given up")
    return " · ".join(parts)


def rows_in_words(standing: Standing) -> list[tuple[str, str]]:
    """Each instance that is under way, and what is done for it: first those at work, the longest of them first, as
    that is what somebody looks for; then those that are graded, then those that wait for their turn."""
    news = sorted(standing.running.values(), key=lambda news: -news.cost.seconds)
    graded = [(instance_id, "grading") for instance_id, _ in sorted(standing.grading)]
    to_grade = [(instance_id, "waits to be graded") for instance_id, _ in sorted(standing.to_grade)]
    at_work = [running_in_words(one) for one in news if one.at_work]
    return [*at_work, *graded, *to_grade, *(running_in_words(one) for one in news if not one.at_work)]


def running_in_words(news: News) -> tuple[str, str]:
    """The instance, and what is done for it."""
    step = f"step {news.cost.steps}  " if news.cost.steps else ""
    return news.work.instance.instance_id, f"{step}{visible(news.words)}"
