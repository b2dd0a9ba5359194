"""What holds for every machine: the parts add up, and more memory never serves less."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from model_runtime.serving.bar import share
from model_runtime.serving.cards import family
from model_runtime.serving.gpus import GIB, TABLE, Gpu, Machines
from model_runtime.serving.plan import make_plan

CARDS = [card for card in family() if card.global_layers is not None]
SIZES = st.integers(min_value=GIB, max_value=400 * GIB)
COUNTS = st.integers(min_value=1, max_value=16)


@st.composite
def gpus(draw: st.DrawFn) -> Gpu:
    gpu = draw(st.sampled_from(list(TABLE.values())))
    memory = draw(SIZES)
    return replace(gpu, memory=memory, taken=draw(st.integers(0, memory // 2)))


@given(st.sampled_from(CARDS), gpus(), COUNTS, st.sampled_from([1, 2, 4]))
def test_the_parts_add_up_to_the_whole(card, gpu, count, nodes) -> None:  # type: ignore[no-untyped-def]
    memory = make_plan(card, Machines(gpu, count, nodes)).fit.memory
    assert sum(size for _, size in memory.parts) == memory.total == gpu.memory
    assert all(size >= 0 for _, size in memory.parts)


@given(st.sampled_from(CARDS), gpus(), COUNTS, st.integers(0, 64 * GIB))
def test_more_memory_never_gives_less_context(card, gpu, count, more) -> None:  # type: ignore[no-untyped-def]
    small = make_plan(card, Machines(gpu, count))
    large = make_plan(card, Machines(replace(gpu, memory=gpu.memory + more), count))
    assert large.context >= small.context
    assert large.pool >= small.pool
    assert large.fit.memory.short <= small.fit.memory.short


@given(st.sampled_from(CARDS), gpus(), COUNTS)
def test_every_gpu_is_used_or_said_to_be_idle(card, gpu, count) -> None:  # type: ignore[no-untyped-def]
    split = make_plan(card, Machines(gpu, count)).fit.split
    assert split.tp * split.replicas + split.idle == count
    assert split.tp % split.attention_dp == 0


@given(st.sampled_from(CARDS), gpus(), COUNTS)
def test_a_plan_without_a_command_says_why(card, gpu, count) -> None:  # type: ignore[no-untyped-def]
    plan = make_plan(card, Machines(gpu, count), others=tuple(CARDS))
    assert bool(plan.commands) == (plan.verdict != "no")
    assert plan.headline.startswith("fits" if plan.commands else "does not fit: ")


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=7), st.integers(1, 200))
def test_the_cells_of_a_bar_add_up_to_its_width(sizes, width) -> None:  # type: ignore[no-untyped-def]
    cells = share(sizes, width)
    assert sum(cells) == (width if sum(sizes) else min(width, len(sizes)))
    assert all(cell >= 0 for cell in cells)
