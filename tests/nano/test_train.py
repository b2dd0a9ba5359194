"""The trainer: what it computes is what a plain reading of the architecture gives. Needs the `train` extra."""

import json
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the trainer needs torch: pip install '.[train]'")
pytest.importorskip("tokenizers", reason="the trainer needs tokenizers: pip install '.[train]'")

import torch
from safetensors.torch import load_file
from torch import Tensor

from model_runtime.nano.train.attention import Attention, compile_sliding, rotate
from model_runtime.nano.train.encode import Session, encode, pieces_of_words
from model_runtime.nano.train.export import begin_with, export, hub_tensors, move_towards
from model_runtime.nano.train.feed_forward import Experts
from model_runtime.nano.train.induction import begin_with_copying
from model_runtime.nano.train.lessons import Lesson, Marks, Pieces, batches, disguised, in_order, marked, only_edit
from model_runtime.nano.train.loop import LOG, Plan, train
from model_runtime.nano.train.loss import main_loss
from model_runtime.nano.train.model import Block, Nano
from model_runtime.nano.train.muon import orthogonal
from model_runtime.nano.train.schedule import share_of_rate
from model_runtime.nano.train.shape import GLOBAL, SLIDING, Shape
from model_runtime.nano.train.vocabulary import save_vocabulary, train_vocabulary

SMALL = Shape(
    vocabulary=320, hidden=32, dense=48, experts=4, expert_width=16, key_width=12, value_width=8, window=16,
    pattern=(SLIDING, GLOBAL, SLIDING), mtp_layers=2, heads=6,
)  # fmt: skip


@pytest.fixture
def model() -> Nano:
    torch.manual_seed(0)
    nano = Nano(SMALL, tokens=200).eval()
    with torch.no_grad():
        for name, weight in nano.named_parameters():
            if weight.dim() >= 2 or "sink" in name:
                weight.normal_(0, 0.3)
    return nano


@torch.no_grad()
def test_sessions_that_share_a_head_are_read_as_if_each_had_its_own(model: Nano) -> None:
    head, sessions = torch.randint(0, 320, (40,)), torch.randint(0, 320, (3, 61))
    hidden = model(head, sessions)
    for number, session in enumerate(sessions):
        alone = plainly(model, torch.cat((head, session)))
        assert torch.allclose(hidden[:40], alone[:40], atol=1e-4)
        assert torch.allclose(hidden[40:].view(3, 61, -1)[number], alone[40:], atol=1e-4)


@torch.no_grad()
def test_a_token_of_a_sliding_layer_sees_its_window_and_no_further(model: Nano) -> None:
    attention = model.layers[0].self_attn
    x = torch.randn(60, 32)
    before = attention(x, 20, 1, model.positions)
    x[10] += 1.0
    changed = (attention(x, 20, 1, model.positions) - before).abs().amax(dim=1) > 1e-6
    assert changed.nonzero().flatten().tolist() == list(range(10, 10 + SMALL.window + 1))


@pytest.mark.skipif(not which("g++"), reason="torch compiles with g++")
@pytest.mark.timeout(400)
def test_compiled_attention_says_and_learns_the_same(model: Nano, monkeypatch: pytest.MonkeyPatch) -> None:
    head, sessions = torch.randint(0, 320, (40,)), torch.randint(0, 320, (3, 61))

    def state_and_gradients() -> list[Tensor]:
        hidden = model(head, sessions)
        return [hidden, *torch.autograd.grad(hidden[:, 0].square().sum(), tuple(model.layers.parameters()))]

    plain = state_and_gradients()
    monkeypatch.setattr(Attention, "_sliding", Attention._sliding)  # it is put back after the test
    compile_sliding()
    assert min(gradient.abs().max() for gradient in plain) > 0.01
    for compiled, expected in zip(state_and_gradients(), plain, strict=True):
        assert torch.allclose(compiled, expected, rtol=1e-3, atol=1e-3)


@torch.no_grad()
def test_a_draft_layer_takes_the_main_state_and_the_token_that_many_ahead(model: Nano) -> None:
    head, sessions = torch.randint(0, 320, (20,)), torch.randint(0, 320, (1, 30))
    hidden = model(head, sessions)
    before = model.drafts(hidden, head, sessions)
    sessions[0, 25] = (sessions[0, 25] + 1) % 320
    after = model.drafts(hidden, head, sessions)
    first = [int(((a - b).abs().amax(dim=1) > 1e-6).nonzero()[0]) for a, b in zip(before, after, strict=True)]
    assert first == [20 + 24, 20 + 23]


@torch.no_grad()
def test_a_new_model_copies_before_it_has_learned_anything() -> None:
    torch.manual_seed(0)
    nano = Nano(Shape(), tokens=700).eval()
    begin_with_copying(nano)
    once = torch.randperm(2500)[:300] + 20
    hidden = nano(torch.arange(50), torch.cat((once, once))[None])[50:]
    guesses = nano.lm_head(hidden).argmax(-1)
    assert (guesses[302:-1] == once[3:]).float().mean() > 0.7
    assert (guesses[2:299] == once[3:300]).float().mean() < 0.05


def test_experts_learn_from_the_tokens_that_came_to_them_alone() -> None:
    torch.manual_seed(0)
    experts = Experts(SMALL)
    for weight in experts.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    experts.bias[3] = -9.0  # one that no token comes to
    x, wanted = torch.randn(37, SMALL.hidden), torch.randn(37, SMALL.hidden)
    learned = []
    for read in (experts, partial(_one_by_one, experts)):
        experts.zero_grad()
        told = read(x)
        (told * wanted).sum().backward()
        learned.append([told.detach(), *(weight.grad.clone() for weight in experts.parameters())])
    assert torch.equal(experts.load, torch.bincount(_chosen(experts, x).flatten(), minlength=4).float())
    for fast, plain in zip(*learned, strict=True):
        assert torch.allclose(fast, plain, atol=1e-4)


def _chosen(experts: Experts, x: Tensor) -> Tensor:
    return ((x @ experts.router.T).sigmoid() + experts.bias).topk(SMALL.chosen, dim=-1).indices


def _one_by_one(experts: Experts, x: Tensor) -> Tensor:
    out = []
    for token, chosen in zip(x, _chosen(experts, x), strict=True):
        scores = (experts.router[chosen] @ token).sigmoid()
        said = [
            experts.down_proj[one]
            @ (torch.nn.functional.silu(experts.gate_proj[one] @ token) * (experts.up_proj[one] @ token))
            for one in chosen
        ]
        out.append((scores / scores.sum()) @ torch.stack(said))
    return torch.stack(out)


def test_orthogonal_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    for rows, columns in ((8, 24), (24, 8)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(5, rows, columns)))
        assert values.min() > 0.5
        assert values.max() < 1.3


def test_the_rate_warms_up_stays_and_comes_down_to_nothing() -> None:
    shares = [share_of_rate(step, 1000) for step in range(1000)]
    assert shares[0] < 0.1
    assert set(shares[30:600]) == {1.0}
    assert shares[600:] == sorted(shares[600:], reverse=True)
    assert shares[-1] < 0.01


def test_only_what_the_assistant_wrote_is_taught(tmp_path: Path) -> None:
    session = (
        "<|im_start|>user\nmend it<|im_end|><|im_start|>assistant\n<think>Look.</think><tool_call>\n"
        "<function=bash>\n<parameter=command>ls</parameter>\n</function>\n</tool_call><|im_end|><|im_start|>tool\n<tool_response>\n"
        "a.py\n</tool_response>\n<|im_end|><|im_start|>assistant\n<think></think>Done.<|im_end|>"
    )
    save_vocabulary(train_vocabulary("", [session], 300), tmp_path)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    (lesson,) = encode(tokenizer, [Session(session)], longest=500)
    taught = tokenizer.decode(lesson.ids[lesson.assistant].tolist(), skip_special_tokens=False)
    assert taught == (
        "<think>Look.</think><tool_call>\n<function=bash>\n<parameter=command>ls</parameter>\n</function>\n"
        "</tool_call><|im_end|><think></think>Done.<|im_end|>"
    )
    assert tokenizer.decode(lesson.ids[lesson.copied].tolist()) == "command>ls"
    assert encode(tokenizer, [Session(session)], longest=5) == []
    (slipped,) = encode(tokenizer, [Session(session, frozenset({0}))], longest=500)
    assert tokenizer.decode(slipped.ids[slipped.assistant].tolist()) == "<think></think>Done."
    assert not slipped.copied.any()


def test_of_a_repair_the_new_text_is_taught_behind_the_old_one() -> None:
    opens, closes = 7, 8
    ids = np.array([1, opens, 20, closes, opens, 30, 31, closes, opens, 40, 41, closes, 2])
    assistant = np.arange(len(ids)) > 0
    copied = np.isin(ids, (20, 30, 31, 40, 41))
    cut = only_edit(Lesson(ids, assistant, copied, ids == 41), opens)
    assert cut.ids.tolist() == [opens, 30, 31, closes, opens, 40, 41, closes, 2]
    assert cut.ids[cut.assistant].tolist() == [40, 41, closes, 2]
    assert cut.ids[cut.copied].tolist() == [40, 41]
    assert cut.ids[cut.decisive].tolist() == [41]


@pytest.mark.parametrize(
    ("old", "new", "decisive"),
    [([5, 6, 7], [5, 9, 7], [9]), ([5, 6, 7], [5, 7], [7]), ([5, 7], [5, 8, 9, 7], [8, 9]), ([5, 6], [5, 6], [])],
    ids=["other", "fewer", "more", "as it was"],
)
def test_what_decides_a_repair_is_where_it_differs(old: list[int], new: list[int], decisive: list[int]) -> None:
    marks = Marks(starts=(1,), end=2, opens=3, closes=4)
    path, first, second = [3, 10, 40, 4], [3, 11, *old, 4], [3, 12, *new, 4]
    ids = np.array([0, 1, *path, *first, *second, 2, 1, *path, 2])
    lesson = marked(ids, marks)
    assert lesson.ids[lesson.decisive].tolist() == decisive
    assert not marked(ids, marks, slips={0}).decisive.any(), "a mistake decides nothing"


def test_rare_pieces_of_words_stand_for_each_other_throughout_a_lesson() -> None:
    ids = np.array([30, 7, 31, 8, 30, 7, 32, 31])
    lesson = Lesson(ids, ids > 0, ids == 7, decisive=ids == 32)
    pieces = Pieces(rare=np.array([30, 31, 32]), every=np.arange(28, 60), need=np.ones(32))
    random = np.random.default_rng(0)
    made = [disguised(lesson, pieces, random) for _ in range(200)]
    assert all((each.ids[0], each.ids[2]) == (each.ids[4], each.ids[7]) for each in made)
    assert all(each.ids[[1, 3, 5, 6]].tolist() == [7, 8, 7, 32] for each in made), "what decides stays"
    assert all(each.ids[0] != each.ids[2] for each in made), "two names stay two"
    assert {int(each.ids[0]) for each in made} == {30, *range(28, 30), *range(33, 60)}
    assert (lesson.ids == ids).all()
    assert all((each.copied == lesson.copied).all() for each in made)


def test_rare_are_pieces_that_are_hardly_in_a_lesson(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    save_vocabulary(train_vocabulary("", ["total of total of total in of in of"] * 30, 290), tmp_path)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    total, digit = (tokenizer.encode(text).ids[0] for text in ("total", "7"))
    all_, none = np.ones(1, bool), np.zeros(1, bool)
    lessons = [Lesson(np.array([total]), all_, all_, none)] * 10
    pieces = pieces_of_words(tokenizer, lessons)
    assert total in pieces.every
    assert total not in pieces.rare
    assert digit not in pieces.every
    assert set(pieces.rare) == set(pieces.every) - {total}
    assert [float(need) for need in sorted(pieces.need)[:2]] == [1 / 20, 1 / 10], "what is copied needs it less"


@torch.no_grad()
def test_what_decides_weighs_more(model: Nano) -> None:
    ids, last = np.arange(20, 40), np.arange(20) == 19
    (batch,) = in_order([Lesson(ids, np.arange(20) > 5, np.zeros(20, bool), last)], 100)
    hidden = model(torch.arange(10), batch.sessions)
    plain, scores = main_loss(model, hidden, 10, batch)
    weighed, _ = main_loss(model, hidden, 10, batch, decisive=4.0)
    (alone,) = in_order([Lesson(ids, last, np.zeros(20, bool), last)], 100)
    decisive, _ = main_loss(model, hidden, 10, alone)
    assert torch.allclose(weighed, (14 * plain + 3 * decisive) / 17)
    assert scores.decisive == 1


def test_training_goes_on_where_it_stopped_to_the_same_weights(tmp_path: Path) -> None:
    lessons = made_up_lessons()
    straight = trained(tmp_path / "straight", lessons, stops=[8])
    stopped = trained(tmp_path / "stopped", lessons, stops=[5, 8])
    for name, weight in straight.items():
        assert torch.equal(weight, stopped[name]), name
    log = [json.loads(line) for line in (tmp_path / "stopped" / LOG).read_text().splitlines()]
    assert [line["step"] for line in log if "loss" in line] == list(range(1, 9))


def test_batches_are_half_as_large_at_first() -> None:
    plan = Plan(steps=40, tokens=120, half_batches=10)
    assert [plan.tokens_at(step) for step in (0, 9, 10, 39)] == [60, 60, 120, 120]
    dealt = batches(made_up_lessons(), plan.tokens_at, np.random.default_rng(0), lambda _: 0.0)
    sizes = [batch.sessions.numel() for batch in islice(dealt, 40)]
    assert max(sizes[:10]) <= 60 < max(sizes[20:]) <= 120


def test_in_bfloat16_a_step_is_nearly_the_same(model: Nano) -> None:
    head, (batch,) = torch.arange(10), in_order(made_up_lessons()[:4], 1000)
    plain, _ = main_loss(model, model(head, batch.sessions), 10, batch)
    with torch.autocast("cpu", torch.bfloat16):
        narrow, _ = main_loss(model, model(head, batch.sessions), 10, batch)
    assert plain.dtype == narrow.dtype == torch.float32
    assert 0 < abs(narrow.item() - plain.item()) < 0.05 * plain.item()


def test_training_in_bfloat16_teaches_what_it_is_taught(tmp_path: Path) -> None:
    torch.manual_seed(3)
    nano, lessons = Nano(SMALL, tokens=200), made_up_lessons()
    train(nano, torch.arange(10), lessons, lessons[:2], Plan(steps=30, tokens=120, bfloat16=True), tmp_path)
    log = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert losses[-1] < 0.9 * losses[0]
    assert all(weight.dtype == torch.float32 for weight in nano.parameters())


def test_the_checkpoint_has_the_hubs_names(model: Nano) -> None:
    names = {name for name, _ in hub_tensors(model)}
    assert "model.layers.1.mlp.experts.3.gate_proj.weight" in names
    assert "model.layers.1.mlp.gate.e_score_correction_bias" in names
    assert "model.layers.0.self_attn.attention_sink_bias" in names
    assert "model.layers.1.self_attn.attention_sink_bias" not in names
    assert "model.mtp.layers.1.pre_mlp_layernorm.weight" in names


def test_a_training_can_begin_with_a_checkpoint(model: Nano, tmp_path: Path) -> None:
    export(model, "{}", "", tmp_path)
    other = Nano(SMALL, tokens=60)
    begin_with(other, tmp_path)
    ours, theirs = dict(model.named_parameters()), dict(other.named_parameters())
    for name, weight in ours.items():
        assert torch.equal(weight.bfloat16(), theirs[name].bfloat16()), name
    larger = Nano(replace(SMALL, pattern=(*SMALL.pattern, SLIDING)), tokens=60)
    with pytest.raises(KeyError, match=r"model\.layers\.3"):
        begin_with(larger, tmp_path)


@torch.no_grad()
def test_the_mean_of_two_models_is_that_of_each_weight(model: Nano, tmp_path: Path) -> None:
    export(model, "{}", "", tmp_path)
    other = Nano(SMALL, tokens=60)
    before = {name: weight.clone() for name, weight in hub_tensors(other)}
    move_towards(other, tmp_path, 0.5)
    stored = load_file(tmp_path / "model.safetensors")
    for name, weight in hub_tensors(other):
        assert torch.allclose(weight, (before[name] + stored[name].float()) / 2, atol=1e-6), name


def test_the_mtp_layers_can_be_trained_alone(tmp_path: Path) -> None:
    torch.manual_seed(3)
    nano = Nano(SMALL, tokens=200)
    torch.nn.init.normal_(nano.lm_head.weight, 0, 0.1)
    before = {name: weight.clone() for name, weight in nano.state_dict().items()}
    plan = Plan(steps=40, tokens=120, only_drafts=True)
    train(nano, torch.arange(10), made_up_lessons(), made_up_lessons()[:2], plan, tmp_path)
    changed = {name for name, weight in nano.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {name for name, _ in nano.named_parameters() if name.startswith("mtp.")}
    losses = [line["draft_loss"] for line in map(json.loads, (tmp_path / LOG).open()) if "draft_loss" in line]
    assert losses[-1] < 0.8 * losses[0]


def trained(folder: Path, lessons: list[Lesson], stops: list[int]) -> dict[str, Tensor]:
    """The weights after the last of `stops`; before it, the program ends at each of the others."""
    folder.mkdir()
    weights: dict[str, Tensor] = {}
    for stop in stops:
        torch.manual_seed(3)
        nano = Nano(SMALL, tokens=200)
        plan = Plan(steps=8, tokens=120, drafts_from=0.3)
        train(nano, torch.arange(10), lessons, lessons[:2], plan, folder, until=stop)
        weights = nano.state_dict()
    return weights


def made_up_lessons() -> list[Lesson]:
    random = np.random.default_rng(0)
    made = []
    for length in (20, 25, 30, 22, 28, 35):
        assistant = np.arange(length) > 8
        made.append(Lesson(random.integers(0, 320, length), assistant, assistant, np.zeros(length, bool)))
    assert sum(len(batch.sessions) for batch in in_order(made, 60)) == 6
    return made


def plainly(model: Nano, ids: Tensor) -> Tensor:
    """The hidden states of one text, read off the architecture without any shortcut."""
    shape, tokens = model.shape, len(ids)
    x = model.embed_tokens(ids)
    at, to = torch.arange(tokens)[:, None], torch.arange(tokens)[None]
    for layer, kind in zip(model.layers, shape.pattern, strict=True):
        assert isinstance(layer, Block)
        attention: Any = layer.self_attn
        y = layer.input_layernorm(x)
        cos, sin = (table[:tokens] for table in model.positions.tables[kind])
        group = shape.heads // attention.kv_heads

        def by_head(flat: Tensor, heads: int) -> Tensor:
            return flat.view(tokens, heads, -1).transpose(0, 1)

        q = rotate(by_head(attention.q_proj(y), shape.heads), cos, sin)
        k = rotate(by_head(attention.k_proj(y), attention.kv_heads), cos, sin).repeat_interleave(group, 0)
        v = by_head(attention.v_proj(y) * shape.value_scale, attention.kv_heads).repeat_interleave(group, 0)
        scores = q @ k.transpose(1, 2) * shape.key_width**-0.5
        seen = (to <= at) & ((at - to <= shape.window) if kind == SLIDING else True)
        scores = scores.masked_fill(~seen, -torch.inf)
        if kind == SLIDING:
            sink = attention.attention_sink_bias.view(-1, 1, 1).expand(-1, tokens, 1)
            weights = torch.cat((scores, sink), dim=-1).softmax(-1)[..., :-1]
        else:
            weights = scores.softmax(-1)
        x = x + attention.o_proj((weights @ v).transpose(0, 1).reshape(tokens, -1))
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    return model.norm(x)
