"""What the model is taught, and how well it does."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model_runtime.nano.train.lessons import Batch
from model_runtime.nano.train.model import Nano


@dataclass(frozen=True)
class Scores:
    """Of one batch, as sums: tokens and how many of them the most likely token was right."""

    assistant: int
    assistant_right: int
    copied: int
    copied_right: int
    decisive: int
    decisive_right: int
    sessions: int
    sessions_right: int
    drafted: tuple[int, ...] = ()
    drafted_right: tuple[int, ...] = ()


def main_loss(
    model: Nano, hidden: Tensor, head: int, batch: Batch, rest: float = 0.0, decisive: float = 1.0
) -> tuple[Tensor, Scores]:
    """The mean cross-entropy in nats a token, over all that the assistant wrote and the share `rest`, drawn anew
    each time, of what it read: as good as a weight, and the output layer is spared the others.

    `decisive` is the weight of the tokens in which a repair differs from what it repairs: one or two of eighty,
    and all the others say how to copy.
    """
    targets, assistant = batch.sessions[:, 1:], batch.assistant[:, 1:]
    drawn = (torch.rand(targets.shape) < rest) & batch.real[:, 1:]
    states = hidden[head:].view(*batch.sessions.shape, -1)[:, :-1]
    chosen = (assistant | drawn).flatten().nonzero().squeeze(1)
    with torch.autocast("cpu", enabled=False):  # it cannot tell the best two of 2,560
        logits = model.lm_head(states.flatten(0, 1).index_select(0, chosen))
    wanted = targets.flatten().index_select(0, chosen)
    with torch.no_grad():
        right = torch.zeros(targets.numel(), dtype=torch.bool)
        right[chosen] = logits.argmax(-1) == wanted
        scores = _scores(right.view_as(targets), batch)
    weights = torch.where(batch.decisive[:, 1:].flatten()[chosen], decisive, 1.0)
    losses = functional.cross_entropy(logits, wanted, reduction="none")
    return (losses * weights).sum() / weights.sum(), scores


def draft_losses(
    model: Nano, states: list[Tensor], head: int, batch: Batch
) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]]:
    """The mean over the MTP layers, on what the assistant wrote; and tokens and right ones for each layer."""
    total, tokens, rights = torch.zeros(()), [], []
    for number, flat in enumerate(states):
        ahead = number + 2
        state = flat[head:].view(*batch.sessions.shape, -1)[:, :-ahead]
        # The main model itself writes what stands between; only what the assistant goes on to say counts.
        taught = batch.assistant[:, ahead:] & batch.assistant[:, 1 : 1 - ahead]
        logits = model.lm_head(state[taught])
        targets = batch.sessions[:, ahead:][taught]
        total = total + functional.cross_entropy(logits, targets)
        tokens.append(len(targets))
        rights.append(int((logits.argmax(-1) == targets).sum()))
    return total / len(states), tuple(tokens), tuple(rights)


def _scores(right: Tensor, batch: Batch) -> Scores:
    assistant, copied, decisive = (each[:, 1:] for each in (batch.assistant, batch.copied, batch.decisive))
    return Scores(
        assistant=int(assistant.sum()),
        assistant_right=int((right & assistant).sum()),
        copied=int(copied.sum()),
        copied_right=int((right & copied).sum()),
        decisive=int(decisive.sum()),
        decisive_right=int((right & decisive).sum()),
        sessions=len(right),
        sessions_right=int((right | ~assistant).all(dim=1).sum()),
    )
