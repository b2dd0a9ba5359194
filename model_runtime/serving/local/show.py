"""A start and the state of servers, on the terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.look import Seen
from model_runtime.serving.local.progress import Phase, Progress

COLOUR = {"ready": "green", "starting": "yellow", "restarting": "yellow", "stopped": "dim"}


@contextmanager
def start_bar(instance: Instance, console: Console) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal; elsewhere a line a phase."""
    if not console.is_terminal:
        yield _lines(instance, console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Bar(*columns, console=console, expand=True) as bar:
        task = bar.add_task(Phase.STARTING, total=1.0, words="")
        yield lambda now: bar.update(
            task, description=now.phase, completed=now.fraction, words=words(instance, now)
        )


def words(instance: Instance, now: Progress) -> str:
    """What is counted, and an estimate: of the whole if an earlier start tells, else of the counted work."""
    if now.phase is Phase.READY:
        return ""
    parts = [now.counted] if now.counted else []
    if instance.previous_s is not None:
        left = instance.previous_s - (time.time() - instance.started_at)
        parts.append(
            f"about {duration(left)} left, by the last start" if left > 0 else "longer than the last start"
        )
    elif now.left_s is not None:
        parts.append(f"{duration(now.left_s)} left of this step")
    return ", ".join(parts)


def _lines(instance: Instance, console: Console) -> Callable[[Progress], None]:
    said: set[Phase] = set()

    def report(now: Progress) -> None:
        if now.phase not in said:
            said.add(now.phase)
            console.print(f"{instance.name}: {now.phase} ({now.fraction:.0%})", highlight=False)

    return report


def show_servers(seen: tuple[Seen, ...], console: Console, now: float) -> None:
    """A few lines each; nothing is cut where the terminal is narrow."""
    for each in seen:
        instance, load = each.instance, each.load
        state = Text(state_words(each, now), style=COLOUR.get(each.state, "red"))
        console.print(Text.assemble((instance.name, "bold"), "  ", state))
        if each.state in ("ready", "starting", "restarting", "silent"):
            _line(console, f"{instance.base_url}, process {instance.process.pid}, SGLang {instance.sglang}")
            _crashes(console, instance, now)
        if load is not None:
            requests = f"requests: {load.running} running, {load.waiting} waiting"
            _line(console, f"{requests}; cache: {load.used:,} of {load.total:,} tokens in use")
        if each.why is not None:
            _line(console, each.why.text.replace("\n", "\n  "))


def _crashes(console: Console, instance: Instance, now: float) -> None:
    if not instance.crashes:
        return
    last, count = instance.crashes[-1], len(instance.crashes)
    times = "once" if count == 1 else f"{count} times"
    _line(console, f"crashed {times} within an hour, last {duration(now - last.at)} ago: {last.what}")


def _line(console: Console, text: str) -> None:
    console.print(Text(f"  {text}"), soft_wrap=True)


def state_words(seen: Seen, now: float) -> str:
    age = duration(now - seen.instance.started_at)
    match seen.state:
        case "ready":
            return f"ready, up {age}"
        case "starting" | "restarting" if seen.progress is not None:
            again = ", again after a crash" if seen.state == "restarting" else ""
            return f"{seen.progress.phase} for {age} ({seen.progress.fraction:.0%}){again}"
        case "stopped" if seen.instance.idle:
            return "stopped, because it was idle"
        case "silent":
            return "does not answer"
        case "gone":
            return "ended with a restart of the machine"
        case _:
            return seen.state


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
