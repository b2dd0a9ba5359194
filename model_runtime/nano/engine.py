"""Generation: a prompt's ids in, ids out as they are made."""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_runtime.base import Sampling
from model_runtime.nano.config import Config
from model_runtime.nano.constraint import Rule, further
from model_runtime.nano.drafter import Drafter
from model_runtime.nano.lookup import Lookup
from model_runtime.nano.model import Model
from model_runtime.nano.prefixes import Prefixes, State
from model_runtime.nano.products import Matrix
from model_runtime.nano.speculate import verified
from model_runtime.nano.threads import use_one_thread
from model_runtime.nano.weights import read_weights

CHUNK = 256
"""Tokens of a prompt that are read at once."""


@dataclass
class Tally:
    """What a generation took: tokens of the prompt, how many of them were known, tokens made, and forward
    passes of the main model that made them. finish: "stop", "length", or "" while it goes on."""

    prompt: int
    cached: int = 0
    made: int = 0
    passes: int = 0
    finish: str = ""

    @property
    def acceptance_length(self) -> float:
        """Tokens made a pass: 1 without guesses, at most one more than there were guesses."""
        return self.made / self.passes if self.passes else 0.0


class Engine:
    """One model and the sequences that it has read. Several threads may generate side by side."""

    def __init__(self, model: Model, *, drafts: int = 3, lookup: bool = True) -> None:
        """`drafts`: tokens guessed ahead by as many MTP layers. `lookup`: guess first what stands in the context.
        Without either, each pass makes one token."""
        self.model = model
        self._lookup = lookup
        self._drafter = Drafter(model)
        self._drafts = min(drafts, self._drafter.layers)
        self._prefixes = Prefixes()

    def generate(
        self,
        ids: Sequence[int],
        sampling: Sampling,
        *,
        tally: Tally,
        stop: Collection[int] = (),
        keep: int = 0,
        rule: Rule | None = None,
        aside: bool = False,
    ) -> Generator[list[int], None, None]:
        """Ids as they are made, some at a time; an empty list after each piece of the prompt, so that the
        caller can stop there. Ends after an id of `stop`, which is counted and not given out, or after
        `sampling.max_tokens`. What was read is kept for later calls, the first `keep` ids by themselves: where
        other prompts go another way. `rule` says which ids may follow the ones made so far; where none may, the
        reply is cut off. What is said `aside` is forgotten; only the first `keep` ids stay.
        """
        random = np.random.default_rng()
        lookup = Lookup() if self._lookup else None
        state = self._prefixes.longest(list(ids)) or self._new_state()
        tally.cached = state.length
        state.tokens = list(ids)
        for end in self._pieces(state.length, len(ids) - 1, keep):
            self._read(state, end)
            if end == keep or (end == len(ids) - 1 and not aside):
                self._prefixes.keep(state)
            yield []
        dead_end = False
        try:
            while not tally.finish:
                after = further(rule, state.tokens[len(ids) :]) if rule else None
                tokens = self._step(state, sampling, random, sampling.max_tokens - tally.made, stop, after, lookup)
                tally.passes += 1
                tally.made += len(tokens)
                if tokens and tokens[-1] in stop:
                    tally.finish = "stop"
                    tokens = tokens[:-1]
                elif not tokens or tally.made >= sampling.max_tokens:
                    tally.finish = "length"
                dead_end = not tokens
                yield tokens
        finally:
            if not (aside or dead_end):  # the guesses behind a dead end are no part of the sequence
                self._prefixes.keep(state)

    def following(self, ids: Sequence[int], start: int) -> Matrix:
        """The logits that each id from position `start` on was chosen from: [ids - start, vocabulary]."""
        state = self._prefixes.longest(list(ids[:start])) or self._new_state()
        state.tokens = list(ids)
        hidden = []
        for end in self._pieces(state.length, len(ids) - 1, start - 1):
            part = self.model.forward(ids[state.length : end], state.caches, state.length)
            state.length = end
            hidden.append(part)
        return self.model.logits(np.concatenate(hidden)[-(len(ids) - start) :])

    def _new_state(self) -> State:
        return State([], self.model.new_caches(), self._drafter.new_state())

    @staticmethod
    def _pieces(start: int, end: int, keep: int) -> Iterator[int]:
        """Where each piece of a prompt ends; one of them at `keep`."""
        while start < end:
            start = min(start + CHUNK, end, keep if start < keep else end)
            yield start

    def _read(self, state: State, end: int) -> None:
        """The known tokens up to position `end`."""
        hidden = self.model.forward(state.tokens[state.length : end], state.caches, state.length)
        self._went_on(state, hidden)

    def _step(
        self,
        state: State,
        sampling: Sampling,
        random: np.random.Generator,
        room: int,
        stop: Collection[int],
        rule: Rule | None,
        lookup: Lookup | None,
    ) -> list[int]:
        """One forward pass over the newest token and the guesses after it; at most `room` tokens come of it."""
        guesses = _up_to(stop, self._guesses(state, room - 1, lookup))
        hidden = self.model.forward([state.tokens[-1], *guesses], state.caches, state.length)
        tokens = _up_to(stop, verified(self.model.logits(hidden), guesses, sampling, random, rule))
        state.tokens += tokens
        self._went_on(state, hidden[: len(tokens)])
        return tokens

    def _guesses(self, state: State, room: int, lookup: Lookup | None) -> list[int]:
        """From the context; by the MTP layers, where it has none, and from the context what follows theirs."""
        if lookup and (found := lookup.guess(state.tokens, [], room)):
            return found
        drafted = self._drafter.draft(state.tokens, state.drafts, min(self._drafts, room))
        if lookup and drafted:
            drafted += lookup.guess(state.tokens, drafted, room - len(drafted))
        return drafted

    def _went_on(self, state: State, hidden: Matrix) -> None:
        """The tokens of these rows belong to the sequence now; what was read beyond them is void."""
        state.length += len(hidden)
        if self._drafts:
            self._drafter.observe(hidden, state.drafts)


def _up_to(stop: Collection[int], tokens: list[int]) -> list[int]:
    """The tokens to the first one of `stop`, which is the last."""
    end = next((at for at, token in enumerate(tokens, 1) if token in stop), len(tokens))
    return tokens[:end]


def open_engine(checkpoint: Path, *, drafts: int = 3, lookup: bool = True) -> Engine:
    """Read the checkpoint in the folder `checkpoint`. Raises CheckpointBroken."""
    use_one_thread()
    config = Config.read(checkpoint / "config.json")
    weights = read_weights(checkpoint / "model.safetensors", config)
    return Engine(Model(config, weights), drafts=drafts, lookup=lookup)
