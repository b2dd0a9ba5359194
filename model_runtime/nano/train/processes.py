"""Several processes that train one model, each on batches of its own: at this size a second thread of one process
finds nothing to do, and a second process nearly doubles the tokens a second."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.multiprocessing.spawn import spawn

from model_runtime.nano.train.feed_forward import Experts


class Processes:
    """This process among the `count` of them. All begin with the same weights and take the same steps."""

    def __init__(self, number: int = 0, count: int = 1) -> None:
        self.number, self.count = number, count

    @property
    def first(self) -> bool:
        """Whether it is for this one to measure, to log and to save."""
        return self.number == 0

    def share(self, model: nn.Module) -> None:
        """Give all of them the mean of the gradients, and the experts' load of all batches."""
        if self.count == 1:
            return
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        loads = [module.load for module in model.modules() if isinstance(module, Experts)]
        together = torch.cat([each.flatten() for each in gradients + loads])
        distributed.all_reduce(together)
        sizes = [each.numel() for each in gradients + loads]
        for each, total in zip(gradients + loads, together.split(sizes), strict=True):
            each.copy_(total.view_as(each))
        for each in gradients:
            each.div_(self.count)

    def total(self, number: int) -> int:
        """The sum of what each of them has."""
        if self.count == 1:
            return number
        sum_: Tensor = torch.tensor(number)
        distributed.all_reduce(sum_)
        return int(sum_)


def run_together(work: Callable[[Processes], None], count: int, folder: Path) -> None:
    """Call `work` in `count` processes of this machine, and wait for all. `work` has to be picklable; `folder` is
    where they find each other."""
    if count == 1:
        work(Processes())
        return
    meeting = folder / "processes"
    meeting.unlink(missing_ok=True)
    spawn(_member, (work, count, meeting.absolute().as_uri()), nprocs=count)


def _member(number: int, work: Callable[[Processes], None], count: int, meeting: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    distributed.init_process_group("gloo", init_method=meeting, rank=number, world_size=count)
    work(Processes(number, count))
    # Not after an error: the others would hear of that, and not of the error.
    distributed.destroy_process_group()


def _end_with_parent() -> None:
    """One that is killed cannot end the others, and they would train on for hours."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "it was spawned"
    wait([parent.sentinel])
    os._exit(1)
