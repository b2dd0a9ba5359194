"""The training itself: steps, a log of how it goes, a state from which it goes on after a stop."""

import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_runtime.nano.train.feed_forward import Experts
from model_runtime.nano.train.lessons import Batch, Lesson, Pieces, batches, in_order
from model_runtime.nano.train.loss import Scores, draft_losses, main_loss
from model_runtime.nano.train.memory import give_back_free
from model_runtime.nano.train.model import Nano
from model_runtime.nano.train.muon import Muon
from model_runtime.nano.train.processes import Processes
from model_runtime.nano.train.schedule import share_of_rate

LOG, STATE = "log.jsonl", "state.pt"
GIVEN_BACK_EVERY = 5
"""Steps. In ten of them up to nine gigabytes came together."""
TABLES, TABLE_EPS = ("embed_tokens.weight", "lm_head.weight"), 1e-5


@dataclass(frozen=True)
class Plan:
    """`tokens` a batch with padding, of which each process has one; `drafts_from` is the share of the steps after
    which the MTP layers learn, and with `only_drafts` they are all that does; `rest` is the share of what the
    assistant read that is taught too, `decisive` the weight of the tokens that make a repair."""

    steps: int
    tokens: int = 8192
    seed: int = 1
    muon_rate: float = 0.02
    adam_rate: float = 0.003
    rest: float = 0.1
    decisive: float = 1.0
    drafts_from: float = 0.6
    draft_weight: float = 0.3
    balance_rate: float = 0.002
    save_every_s: float = 300.0
    drills_until: float = 0.5
    drilled: float = 0.1
    bfloat16: bool = False
    half_batches: int = 0
    only_drafts: bool = False

    def tokens_at(self, step: int) -> int:
        """Tokens of a batch at `step`: half of them in the first `half_batches`, when all gradients agree."""
        return self.tokens // 2 if step < self.half_batches else self.tokens

    def drills(self, step: int) -> float:
        """The share of drills at `step`: `drilled` of the batches until `drills_until` of the steps, then few."""
        return self.drilled if step < self.drills_until * self.steps else self.drilled / 10


def train(
    model: Nano,
    head: Tensor,
    lessons: list[Lesson],
    unseen: list[Lesson],
    plan: Plan,
    folder: Path,
    until: int | None = None,
    pieces: Pieces | None = None,
    processes: Processes | None = None,
) -> None:
    """Train to step `until`, or to the end of `plan`, and go on where `folder` has a state; blocks. The log is
    JSON lines. With `pieces` lessons are disguised. Of `processes` each takes every so many batch."""
    processes = processes or Processes()
    run = _Run(model, head, plan, folder, processes)
    dealt = batches(
        lessons,
        lambda dealt: plan.tokens_at(dealt // processes.count),
        np.random.default_rng(plan.seed),
        lambda dealt: plan.drills(dealt // processes.count),
        pieces,
    )
    deal = islice(dealt, run.step * processes.count + processes.number, None, processes.count)
    run.go(deal, unseen, plan.steps if until is None else until)


class _Run:
    def __init__(self, model: Nano, head: Tensor, plan: Plan, folder: Path, processes: Processes) -> None:
        self._model, self._head, self._plan, self._folder = model, head, plan, folder
        self._processes = processes
        if plan.only_drafts:
            model.requires_grad_(False)
            model.mtp.requires_grad_(True)
        self._optimizers = _optimizers(model, plan)
        self._tokens = 0
        self.step = 0
        if (folder / STATE).is_file():
            self._restore()

    def go(self, deal: Iterator[Batch], unseen: list[Lesson], until: int) -> None:
        plan, saved = self._plan, time.monotonic()
        while self.step < until:
            began = time.monotonic()
            batch = next(deal)
            told = self._learn(batch)
            self.step += 1
            if self.step % GIVEN_BACK_EVERY == 0:
                give_back_free()
            tokens = self._processes.total(int(batch.real.sum()))
            self._tokens += tokens
            seconds = time.monotonic() - began
            if not self._processes.first:
                continue
            self._log({"step": self.step, "tokens": self._tokens, "tokens_s": round(tokens / seconds), **told})
            if self.step % 200 == 0 or self.step == until:
                self._log({"step": self.step, "tokens": self._tokens, "unseen": self._measure(unseen)})
            if time.monotonic() - saved > plan.save_every_s or self.step == until:
                self._save()
                saved = time.monotonic()

    def _learn(self, batch: Batch) -> dict[str, Any]:
        plan, model = self._plan, self._model
        share = share_of_rate(self.step, plan.steps)
        _, adam = self._optimizers
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["full"] * share
        torch.manual_seed(plan.seed + self.step)  # a training that was stopped goes on with the same draws
        with self._narrow():
            hidden = model(self._head, batch.sessions)
            loss, scores = main_loss(model, hidden, len(self._head), batch, plan.rest, plan.decisive)
            told = {"loss": loss.item()}
            if plan.only_drafts or self.step >= plan.drafts_from * plan.steps:
                states = model.drafts(hidden, self._head, batch.sessions)
                draft, tokens, right = draft_losses(model, states, len(self._head), batch)
                scores = dataclasses.replace(scores, drafted=tokens, drafted_right=right)
                told["draft_loss"] = draft.item()
                loss = draft if plan.only_drafts else loss + plan.draft_weight * draft
        loss.backward()
        self._processes.share(model)
        torch.nn.utils.clip_grad_norm_([weight for group in adam.param_groups for weight in group["params"]], 1.0)
        with self._narrow():
            for optimizer in self._optimizers:
                optimizer.step()
                optimizer.zero_grad()
        for module in model.modules():
            if isinstance(module, Experts) and not plan.only_drafts:
                module.balance(plan.balance_rate)
        return told | rates([scores])

    def _narrow(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self._plan.bfloat16)

    @torch.no_grad()
    def _measure(self, unseen: list[Lesson]) -> dict[str, Any]:
        model = self._model.eval()
        scores = []
        for batch in in_order(unseen, self._plan.tokens):
            hidden = model(self._head, batch.sessions)
            _, main = main_loss(model, hidden, len(self._head), batch)
            _, tokens, right = draft_losses(
                model, model.drafts(hidden, self._head, batch.sessions), len(self._head), batch
            )
            scores.append(dataclasses.replace(main, drafted=tokens, drafted_right=right))
        model.train()
        return rates(scores)

    def _log(self, line: dict[str, Any]) -> None:
        with (self._folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _save(self) -> None:
        state = {
            "model": self._model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "step": self.step,
            "tokens": self._tokens,
        }
        partial = self._folder / f"{STATE}.partial"
        torch.save(state, partial)
        partial.replace(self._folder / STATE)

    def _restore(self) -> None:
        state = torch.load(self._folder / STATE, weights_only=True)
        self._model.load_state_dict(state["model"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self._tokens = state["step"], state["tokens"]


def _optimizers(model: Nano, plan: Plan) -> list[torch.optim.Optimizer]:
    """Muon for the feed-forward matrices, AdamW for the rest: Muon moves all directions alike, and would undo the
    attention that copies before the loss can hold it. AdamW moves a token's row as far for a gradient that is next
    to nothing as for a great one, and takes those of tokens that hardly come away from where they are copied: what
    is next to nothing is nothing to the tables."""
    named = list(model.named_parameters())
    inside = [weight for name, weight in named if weight.dim() >= 2 and not _is_outside(name)]
    tables = [weight for name, weight in named if name in TABLES]
    others = [w for name, w in named if (w.dim() < 2 or _is_outside(name)) and name not in TABLES]
    muon = Muon([{"params": inside, "full": plan.muon_rate}], lr=plan.muon_rate)
    groups = [
        {"params": others, "full": plan.adam_rate},
        {"params": tables, "full": plan.adam_rate, "eps": TABLE_EPS},
    ]
    adam = torch.optim.AdamW(groups, lr=plan.adam_rate, betas=(0.9, 0.95), weight_decay=0.0)
    return [muon, adam]


def _is_outside(name: str) -> bool:
    return any(part in name for part in ("embed", "lm_head", "router", "self_attn"))


def rates(scores: list[Scores]) -> dict[str, Any]:
    """Shares of right tokens and of sessions without a wrong one, and the acceptance length they promise."""

    def share(right: str, of: str) -> float:
        total = sum(getattr(score, of) for score in scores)
        return round(sum(getattr(score, right) for score in scores) / total, 5) if total else 0.0

    told: dict[str, Any] = {
        "assistant": share("assistant_right", "assistant"),
        "copied": share("copied_right", "copied"),
        "decisive": share("decisive_right", "decisive"),
        "sessions": share("sessions_right", "sessions"),
    }
    if scores[0].drafted:
        tokens = [sum(column) for column in zip(*(score.drafted for score in scores), strict=True)]
        right = [sum(column) for column in zip(*(score.drafted_right for score in scores), strict=True)]
        told["drafted"] = [round(r / t, 4) for r, t in zip(right, tokens, strict=True)]
    return told
