"""Generation: a prompt's ids in, ids out as they are made."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_runtime.base import Sampling
from model_runtime.nano.config import Config
from model_runtime.nano.drafter import Drafter
from model_runtime.nano.model import Model
from model_runtime.nano.prefixes import Prefixes, State
from model_runtime.nano.speculate import verified
from model_runtime.nano.threads import use_one_thread
from model_runtime.nano.weights import Matrix, read_weights

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
        """Tokens made a pass: 1 without drafts, and at most one more than there are MTP layers."""
        return self.made / self.passes if self.passes else 0.0


class Engine:
    """One model and the sequences that it has read. Several threads may generate side by side."""

    def __init__(self, model: Model, *, drafts: int = 3) -> None:
        """`drafts`: tokens guessed ahead by as many MTP layers; 0 switches speculation off."""
        self.model = model
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
        seed: int | None = None,
    ) -> Iterator[list[int]]:
        """Ids as they are made, some at a time; an empty list after each piece of the prompt, so that the
        caller can stop there. Ends after an id of `stop`, which is counted and not given out, or after
        `sampling.max_tokens`. What was read is kept for later calls, the first `keep` ids by themselves: where
        other prompts go another way.
        """
        random = np.random.default_rng(seed)
        state = self._prefixes.longest(list(ids)) or self._new_state()
        tally.cached = state.length
        state.tokens = list(ids)
        if self._drafts:
            self._drafter.begin(ids, state.drafts)
        for end in self._pieces(state.length, len(ids) - 1, keep):
            self._read(state, end)
            if end in (keep, len(ids) - 1):
                self._prefixes.keep(state)
            yield []
        try:
            while not tally.finish:
                tokens = self._step(state, sampling, random, sampling.max_tokens - tally.made, stop)
                tally.passes += 1
                tally.made += len(tokens)
                if tokens[-1] in stop:
                    tally.finish = "stop"
                    tokens = tokens[:-1]
                elif tally.made >= sampling.max_tokens:
                    tally.finish = "length"
                yield tokens
        finally:
            self._prefixes.keep(state)

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
        self, state: State, sampling: Sampling, random: np.random.Generator, room: int, stop: Collection[int]
    ) -> list[int]:
        """One forward pass over the newest token and the guesses after it; at most `room` tokens come of it."""
        guesses = self._drafter.draft(state.tokens, state.drafts, min(self._drafts, room - 1))
        hidden = self.model.forward([state.tokens[-1], *guesses], state.caches, state.length)
        tokens = verified(self.model.logits(hidden), guesses, sampling, random)
        ends = [at for at, token in enumerate(tokens, 1) if token in stop]
        tokens = tokens[: ends[0]] if ends else tokens
        state.tokens += tokens
        self._went_on(state, hidden[: len(tokens)])
        return tokens

    def _went_on(self, state: State, hidden: Matrix) -> None:
        """The tokens of these rows belong to the sequence now; what was read beyond them is void."""
        state.length += len(hidden)
        if self._drafts:
            self._drafter.observe(hidden, state.drafts)


def open_engine(checkpoint: Path, *, drafts: int = 3) -> Engine:
    """Read the checkpoint in the folder `checkpoint`. Raises CheckpointBroken."""
    use_one_thread()
    config = Config.read(checkpoint / "config.json")
    weights = read_weights(checkpoint / "model.safetensors", config)
    return Engine(Model(config, weights), drafts=drafts)
