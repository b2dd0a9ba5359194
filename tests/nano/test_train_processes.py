"""Two processes train one model. Needs the `train` extra."""

import json
import os
import signal
import time
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the trainer needs torch: pip install '.[train]'")
pytest.importorskip("tokenizers", reason="the trainer needs tokenizers: pip install '.[train]'")

import torch
from patience import eventually
from torch import nn

from model_runtime.nano.train.loop import LOG, Plan, train
from model_runtime.nano.train.model import Nano
from model_runtime.nano.train.processes import Processes, run_together
from model_runtime.serving.local.process import identify
from tests.nano.test_train import SMALL, made_up_lessons


def share_numbers(folder: Path, processes: Processes) -> None:
    model = nn.Linear(3, 2, bias=False)
    model.weight.grad = torch.full((2, 3), float(processes.number))
    processes.share(model)
    said = {"mean": model.weight.grad.mean().item(), "total": processes.total(10 + processes.number)}
    (folder / str(processes.number)).write_text(json.dumps(said))


def train_a_little(folder: Path, processes: Processes) -> None:
    torch.manual_seed(3)
    nano, lessons = Nano(SMALL, tokens=200), made_up_lessons()
    plan = Plan(steps=4, tokens=60, drafts_from=0.3)
    train(nano, torch.arange(10), lessons, lessons[:2], plan, folder, processes=processes)
    torch.save(nano.state_dict(), folder / f"weights-{processes.number}.pt")


def fail_in_one(_folder: Path, processes: Processes) -> None:
    if processes.number == 1:
        raise RuntimeError("no more lessons")
    processes.total(1)


def wait_in_each(folder: Path, processes: Processes) -> None:
    (folder / f"{processes.number}.pid").write_text(str(os.getpid()))
    time.sleep(600)


def test_each_has_the_mean_of_the_gradients(tmp_path: Path) -> None:
    run_together(partial(share_numbers, tmp_path), 2, tmp_path)
    for number in ("0", "1"):
        assert json.loads((tmp_path / number).read_text()) == {"mean": 0.5, "total": 21}


def test_they_end_with_the_same_weights_and_one_log(tmp_path: Path) -> None:
    run_together(partial(train_a_little, tmp_path), 2, tmp_path)
    first, second = (torch.load(tmp_path / f"weights-{number}.pt") for number in (0, 1))
    for name, weight in first.items():
        assert torch.equal(weight, second[name]), name
    log = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [line["step"] for line in log if "loss" in line] == [1, 2, 3, 4]
    (tmp_path / "alone").mkdir()
    train_a_little(tmp_path / "alone", Processes())
    alone = [json.loads(line) for line in (tmp_path / "alone" / LOG).read_text().splitlines()]
    assert log[-1]["tokens"] > 1.5 * alone[-1]["tokens"]


def test_where_one_fails_all_end(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no more lessons"):
        run_together(partial(fail_in_one, tmp_path), 2, tmp_path)


def test_none_outlives_the_one_that_began_them(tmp_path: Path) -> None:
    begun = get_context("spawn").Process(target=run_together, args=(partial(wait_in_each, tmp_path), 2, tmp_path))
    begun.start()
    files = [tmp_path / f"{number}.pid" for number in range(2)]
    eventually(lambda: all(file.is_file() and file.read_text() for file in files))
    assert begun.pid is not None
    os.kill(begun.pid, signal.SIGKILL)
    begun.join()
    eventually(lambda: not any(identify(int(file.read_text())) for file in files))
