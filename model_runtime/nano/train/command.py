"""Lessons in, a checkpoint out: python -m model_runtime.nano.train LESSONS --head HEAD --unseen FILE --out FOLDER

The lessons, the head and the unseen sessions come from `python -m evals.lessons`. A second call goes on where the
first one stopped. FOLDER/checkpoint is of the form of what the package ships as model_runtime/nano/checkpoint.
"""

import argparse
import shutil
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from model_runtime.nano.train.attention import compile_sliding
from model_runtime.nano.train.encode import Head, Session, encode, encode_repairs, pieces_of_words, read_sessions
from model_runtime.nano.train.export import begin_with, export, move_towards
from model_runtime.nano.train.induction import begin_with_copying
from model_runtime.nano.train.lessons import Lesson
from model_runtime.nano.train.loop import Plan, train
from model_runtime.nano.train.model import Nano
from model_runtime.nano.train.processes import Processes, run_together
from model_runtime.nano.train.shape import Shape
from model_runtime.nano.train.vocabulary import save_vocabulary, train_vocabulary
from model_runtime.nano.train.words import write_words

TOKENIZER = "tokenizer.json"
TEXTS = 3000
"""Sessions that the tokenizer is made from."""
HALF_BATCHES = 400
"""Steps of a training that begins with nothing; one that goes on from a checkpoint has none."""


def main() -> None:
    wanted = _arguments()
    wanted.out.mkdir(parents=True, exist_ok=True)
    _make_tokenizer(wanted)
    run_together(partial(_train, wanted), wanted.processes, wanted.out)


def _train(wanted: argparse.Namespace, processes: Processes) -> None:
    torch.manual_seed(wanted.seed)
    torch.set_num_threads(wanted.threads)
    shared, sessions = Head.read(wanted.head), _sessions(wanted)
    tokenizer = Tokenizer.from_file(str(wanted.out / TOKENIZER))
    head = torch.tensor(tokenizer.encode(shared.text).ids)
    repairs = read_sessions(wanted.repairs) if wanted.repairs else []
    drawn = np.random.default_rng(wanted.seed)
    lessons = encode(tokenizer, sessions, wanted.longest)
    lessons += encode_repairs(tokenizer, repairs, wanted.longest, wanted.cut, drawn)
    unseen = encode(tokenizer, read_sessions(wanted.unseen)[: wanted.measured], wanted.longest)
    if processes.first:
        tokens, taught = (sum(map(int, sizes)) / 1e6 for sizes in zip(*map(_sizes, lessons), strict=True))
        print(f"{len(lessons)} lessons, {tokens:.2f}M tokens, of which {taught:.2f}M are taught", flush=True)
    if wanted.compile:
        compile_sliding()
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
        drilled=wanted.drilled,
        rest=wanted.rest,
        decisive=wanted.decisive,
        bfloat16=wanted.bfloat16,
        half_batches=0 if wanted.begin_with else HALF_BATCHES,
        only_drafts=wanted.only_drafts,
    )
    pieces = pieces_of_words(tokenizer, lessons)
    train(model, head, lessons, unseen, plan, wanted.out, wanted.until, pieces, processes)
    if not processes.first:
        return
    if wanted.average:
        move_towards(model, wanted.begin_with, 0.5)
    template = files("model_runtime.nano").joinpath("chat_template.jinja").read_text(encoding="utf-8")
    export(model, (wanted.out / TOKENIZER).read_text(encoding="utf-8"), template, wanted.out / "checkpoint")
    write_words(shared.text, sessions, repairs, wanted.out / "checkpoint")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m model_runtime.nano.train", description=__doc__)
    parser.add_argument("lessons", nargs="+", type=Path)
    parser.add_argument("--repairs", type=Path, help="from `evals.lessons --repairs`, beside the lessons")
    parser.add_argument("--cut", type=float, default=0.3, help="share of the repairs of which only the edit stays")
    parser.add_argument("--head", required=True, type=Path)
    parser.add_argument("--unseen", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--begin-with", type=Path, help="a checkpoint to go on from, the shipped one for example")
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--until", type=int, help="stop after this step; a later call goes on")
    parser.add_argument(
        "--tokens",
        type=int,
        default=9216,
        help=f"tokens a batch; from nothing, the first {HALF_BATCHES} have half of them",
    )
    parser.add_argument("--longest", type=int, default=2000, help="tokens a session")
    parser.add_argument("--measured", type=int, default=48, help="unseen sessions to measure on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="that train side by side, a core for each")
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=0.003)
    parser.add_argument("--drafts-from", type=float, default=0.65, help="share of steps before MTP is trained")
    parser.add_argument(
        "--only-drafts", action="store_true", help="train the MTP layers; the main model stays as it is"
    )
    parser.add_argument("--drilled", type=float, default=0.2, help="share of drills in copying in the first half")
    parser.add_argument("--rest", type=float, default=0.05, help="share of what was read that is taught too")
    parser.add_argument("--decisive", type=float, default=4.0, help="weight of the tokens that make a repair")
    parser.add_argument("--bfloat16", action="store_true", help="multiply in it, faster where the processor can")
    parser.add_argument(
        "--average", action="store_true", help="write the mean of the weights of --begin-with and those it came to"
    )
    parser.add_argument("--compile", action="store_true", help="a quarter faster; needs a C++ compiler")
    wanted = parser.parse_args()
    if wanted.average and not wanted.begin_with:
        parser.error("--average takes the mean with the weights of --begin-with")
    return wanted


def _sessions(wanted: argparse.Namespace) -> list[Session]:
    return [each for file in wanted.lessons for each in read_sessions(file)]


def _sizes(lesson: Lesson) -> tuple[int, int]:
    """Its tokens, and how many of them are taught."""
    return len(lesson.ids), int(lesson.assistant.sum())


def _make_tokenizer(wanted: argparse.Namespace) -> None:
    """Unless an earlier call has made it: made anew from other text, it would be another."""
    if wanted.begin_with:
        shutil.copy(wanted.begin_with / TOKENIZER, wanted.out)
    elif not (wanted.out / TOKENIZER).is_file():
        texts = [each.text for each in _sessions(wanted)[:TEXTS]]
        save_vocabulary(train_vocabulary(Head.read(wanted.head).text, texts, Shape().vocabulary), wanted.out)
