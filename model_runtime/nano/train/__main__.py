"""Lessons in, a checkpoint out: python -m model_runtime.nano.train LESSONS --head HEAD --unseen FILE --out FOLDER

The lessons, the head and the unseen sessions come from `python -m evals.lessons`. A second call goes on where the
first one stopped. FOLDER/checkpoint is what the package ships as model_runtime/nano/checkpoint.
"""

import argparse
import shutil
from importlib.resources import files
from pathlib import Path

import torch
from tokenizers import Tokenizer

from model_runtime.nano.train.encode import Head, encode, read_sessions
from model_runtime.nano.train.export import begin_with, export
from model_runtime.nano.train.induction import begin_with_copying
from model_runtime.nano.train.loop import Plan, train
from model_runtime.nano.train.model import Nano
from model_runtime.nano.train.shape import Shape
from model_runtime.nano.train.vocabulary import save_vocabulary, train_vocabulary

TOKENIZER = "tokenizer.json"
TEXTS = 3000
"""Sessions that the tokenizer is made from."""


def main() -> None:
    wanted = _arguments()
    torch.manual_seed(wanted.seed)
    torch.set_num_threads(wanted.threads)
    wanted.out.mkdir(parents=True, exist_ok=True)
    shared, sessions = Head.read(wanted.head), [each for file in wanted.lessons for each in read_sessions(file)]
    if wanted.begin_with:
        shutil.copy(wanted.begin_with / TOKENIZER, wanted.out)
    tokenizer = _tokenizer(wanted.out, shared.text, [each.text for each in sessions[:TEXTS]])
    head = torch.tensor(tokenizer.encode(shared.text).ids)
    lessons = encode(tokenizer, sessions, wanted.longest)
    unseen = encode(tokenizer, read_sessions(wanted.unseen)[: wanted.measured], wanted.longest)
    print(
        f"{len(lessons)} of {len(sessions)} sessions, {sum(len(each.ids) for each in lessons) / 1e6:.2f}M tokens "
        f"behind a head of {len(head)}; {sum(int(each.assistant.sum()) for each in lessons) / 1e6:.2f}M taught",
        flush=True,
    )
    model = Nano(Shape(), len(head) + wanted.longest)
    if wanted.begin_with:
        begin_with(model, wanted.begin_with)
    else:
        begin_with_copying(model)
    plan = Plan(
        steps=wanted.steps,
        tokens=wanted.tokens,
        seed=wanted.seed,
        muon_rate=wanted.muon_rate,
        adam_rate=wanted.adam_rate,
        drafts_from=wanted.drafts_from,
    )
    train(model, head, lessons, unseen, plan, wanted.out, wanted.until)
    template = files("model_runtime.nano").joinpath("chat_template.jinja").read_text(encoding="utf-8")
    export(model, (wanted.out / TOKENIZER).read_text(encoding="utf-8"), template, wanted.out / "checkpoint")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m model_runtime.nano.train", description=__doc__)
    parser.add_argument("lessons", nargs="+", type=Path)
    parser.add_argument("--head", required=True, type=Path)
    parser.add_argument("--unseen", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--begin-with", type=Path, help="a checkpoint to go on from, the shipped one for example")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--until", type=int, help="stop after this step; a later call goes on")
    parser.add_argument("--tokens", type=int, default=8192, help="tokens a batch")
    parser.add_argument("--longest", type=int, default=1800, help="tokens a session")
    parser.add_argument("--measured", type=int, default=96, help="unseen sessions to measure on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=0.003)
    parser.add_argument("--drafts-from", type=float, default=0.6, help="share of steps before MTP is trained")
    return parser.parse_args()


def _tokenizer(out: Path, head: str, sessions: list[str]) -> Tokenizer:
    """The one of an earlier call, where there is one: made anew from other text, it would be another."""
    file = out / TOKENIZER
    if not file.is_file():
        save_vocabulary(train_vocabulary(head, sessions, Shape().vocabulary), out)
    return Tokenizer.from_file(str(file))


if __name__ == "__main__":
    main()
