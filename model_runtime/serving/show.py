"""A plan on the terminal: verdict, memory, capacity, reasons, commands."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from model_runtime.serving.bar import GLYPHS, bar
from model_runtime.serving.gpus import GIB
from model_runtime.serving.memory import GpuMemory
from model_runtime.serving.plan import Plan

WIDEST_BAR = 100
SELDOM = ("drafts, with their cache", "KV, sliding windows", "states of linear attention", "taken by others")
"""Parts that many plans have nothing of; they are shown where there is something."""
COLOUR = {"fits": "green", "marginal": "yellow", "no": "red"}


def show_plan(plan: Plan, console: Console) -> None:
    """Print the whole plan. Commands are never wrapped, so that they can be copied."""
    console.print(_title(plan))
    console.print(Text(plan.headline, style=f"bold {COLOUR[plan.verdict]}"))
    for line in _split(plan):
        console.print(line, markup=False)
    _memory(plan, console)
    if plan.verdict != "no":
        _capacity(plan, console)
        _expected(plan, console)
    _list(console, "What would fit", [remedy.text for remedy in plan.remedies])
    _list(console, "Mind", [*plan.cautions, *plan.gaps])
    _reasons(plan, console)
    _commands(plan, console)


def _title(plan: Plan) -> Text:
    fit = plan.fit
    machines = f"{fit.machines.nodes} machines of " if fit.machines.nodes > 1 else ""
    return Text(f"{fit.card.name} ({fit.precision}) on {machines}{fit.machines.per_node}x {fit.machines.gpu.name}")


def _split(plan: Plan) -> Iterator[str]:
    split = plan.fit.split
    words = [f"TP {split.tp}", f"attention DP {split.attention_dp}"]
    if split.nodes > 1:
        words.append(f"{split.nodes} machines a replica")
    if split.replicas > 1:
        words.append(f"{split.replicas} replicas")
    if split.idle:
        words.append(f"{split.idle} GPUs idle")
    if plan.fit.card.sliding_layers:
        words.append(f"SWA ratio {plan.fit.ratio:g}")
    yield ", ".join(words)


def _memory(plan: Plan, console: Console) -> None:
    """One bar a GPU of a machine, then what the parts are."""
    memory, machines, split = plan.fit.memory, plan.fit.machines, plan.fit.split
    width = max(10, min(WIDEST_BAR, console.width - 12))
    used = machines.per_node - split.idle // machines.nodes
    console.print()
    for index in range(machines.per_node):
        parts = memory if index < used else _unused(memory)
        console.print(Text(f"GPU {index:<3} ▕") + bar(parts, width) + Text("▏"), no_wrap=True)
    console.print(Text(f"{memory.total / GIB:.1f} GiB each" + (", every machine" * (machines.nodes > 1))))
    legend = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    legend.add_column()
    legend.add_column(justify="right")
    legend.add_column(justify="right")
    for (name, size), (glyph, colour) in zip(memory.parts, GLYPHS, strict=True):
        if name in SELDOM and not size:
            continue
        label = Text(glyph if glyph != " " else "_", style=colour) + Text(f" {name}", style="default")
        legend.add_row(label, f"{size / GIB:.2f} GiB", f"{100 * size / memory.total:.1f} %")
    if memory.short:
        legend.add_row(Text("! missing", style="red"), f"{memory.short / GIB:.2f} GiB", "")
    console.print(legend)


def _unused(memory: GpuMemory) -> GpuMemory:
    free = memory.total - memory.taken
    return GpuMemory(memory.total, 0, 0, 0, 0, 0, 0, memory.taken, free, 0, 0)


def _capacity(plan: Plan, console: Console) -> None:
    console.print(f"\n{plan.pool:,} tokens of context in all; agent sessions at once:", highlight=False)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for each in plan.capacity:
        table.add_column(f"{each.tokens // 1024}K", justify="right")
    table.add_row(*("-" if each.sessions is None else str(each.sessions) for each in plan.capacity))
    console.print(table)
    most = plan.fit.card.launch.max_running_requests * plan.fit.split.replicas
    console.print(f"(of them {most} may be answered at the same moment)", highlight=False)


def _expected(plan: Plan, console: Console) -> None:
    if plan.expected is None:
        return
    found = plan.expected
    low, high = found.acceptance_range
    slow, fast = found.speedup_range
    console.print(
        f"\nExpected, not measured: acceptance length {found.acceptance:g} ({low:g} to {high:g}), decoding "
        f"{found.speedup:.2f} times as fast as without MTP ({slow:.2f} to {fast:.2f}) at {found.batch} requests a "
        f"node. Source: {found.source}.",
        highlight=False,
    )


def _list(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"\n{title}")
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for line in lines:
        table.add_row("-", Text(line))
    console.print(table)


def _reasons(plan: Plan, console: Console) -> None:
    if not plan.commands:
        return
    console.print("\nWhy each flag")
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(ratio=3)
    for flag in plan.commands[0].flags:
        table.add_row(Text(" ".join(flag.words)), Text(flag.why))
    console.print(table)


def _commands(plan: Plan, console: Console) -> None:
    several = len(plan.commands) > 1
    for command in plan.commands:
        what = "router" if command.replica is None else f"replica {command.replica}"
        title = f"On machine {command.node}, {what}" if several else "Command"
        console.print(f"\n{title}", highlight=False)
        console.print(command.text(), markup=False, highlight=False, soft_wrap=True)
