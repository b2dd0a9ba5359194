"""Generation: the same with and without drafts, stopped where it should be, and nothing read twice."""

from pathlib import Path

import numpy as np
import pytest

from model_runtime.base import Sampling
from model_runtime.nano.engine import Engine, Tally, open_engine

PROMPT = np.random.default_rng(5).integers(3, 512, 40).tolist()
GREEDY = Sampling(temperature=0, max_tokens=60)


def said(
    engine: Engine, prompt: list[int], sampling: Sampling = GREEDY, **options: object
) -> tuple[list[int], Tally]:
    tally = Tally(len(prompt))
    stream = engine.generate(prompt, sampling, tally=tally, **options)  # type: ignore[arg-type]
    return [token for tokens in stream for token in tokens], tally


@pytest.mark.parametrize("length", [1, 2, 3, 40, 700])
def test_drafts_change_nothing_but_the_number_of_passes(predictable: Path, length: int) -> None:
    prompt = np.random.default_rng(length).integers(3, 512, length).tolist()
    engine = open_engine(predictable)
    drafted, with_drafts = said(engine, prompt)
    plain, without = said(Engine(engine.model, drafts=0, lookup=False), prompt)
    assert drafted == plain
    assert len(plain) == without.made == without.passes == 60
    assert 1.5 < with_drafts.acceptance_length < 4, "the checkpoint has to have both right and wrong drafts"


def test_guesses_from_the_context_change_nothing_either(predictable: Path) -> None:
    """The prompt comes again after the reply to it, so that there is something to be found."""
    engine = open_engine(predictable)
    prompt = [*PROMPT, *said(engine, PROMPT)[0], *PROMPT]
    looked_up, tally = said(Engine(engine.model, drafts=0), prompt)
    plain, without = said(Engine(engine.model, drafts=0, lookup=False), prompt)
    assert looked_up == plain
    assert tally.passes < without.passes == len(plain)


def test_what_a_reply_was_chosen_from_can_be_read_again(predictable: Path) -> None:
    engine = open_engine(predictable)
    tokens, _ = said(engine, PROMPT)
    logits = engine.following([*PROMPT, *tokens], len(PROMPT))
    assert logits.argmax(axis=1).tolist() == tokens
    part = engine.following([*PROMPT, *tokens], len(PROMPT) + 20)
    assert np.allclose(part, logits[20:], atol=1e-4)
    assert np.allclose(open_engine(predictable).following([*PROMPT, *tokens], len(PROMPT) + 20), part, atol=1e-4)


def test_it_ends_after_a_stop_token_even_among_accepted_drafts(predictable: Path) -> None:
    engine = open_engine(predictable)
    everything, _ = said(engine, PROMPT)
    for at in range(1, 12):
        if everything.index(everything[at]) < at:
            continue
        tokens, tally = said(engine, PROMPT, stop={everything[at]})
        assert tokens == everything[:at]
        assert (tally.finish, tally.made) == ("stop", at + 1)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_it_ends_at_its_limit(predictable: Path, limit: int) -> None:
    engine = open_engine(predictable)
    tokens, tally = said(engine, PROMPT, Sampling(temperature=0, max_tokens=limit))
    assert len(tokens) == tally.made == limit
    assert tally.finish == "length"


def test_a_turn_goes_on_from_the_turns_before(predictable: Path) -> None:
    engine = open_engine(predictable)
    reply, first = said(engine, PROMPT)
    longer = [*PROMPT, *reply, 5, 6, 7]
    again, second = said(engine, longer)
    afresh, _ = said(open_engine(predictable), longer)
    assert first.cached == 0
    assert second.cached == len(PROMPT) + len(reply) - 1
    assert again == afresh


def test_sessions_share_their_head(predictable: Path) -> None:
    engine = open_engine(predictable)
    head = PROMPT[:30]
    said(engine, [*head, 5, 6], keep=len(head))
    other = [*head, 8, 9, 10]
    reply, tally = said(engine, other, keep=len(head))
    assert tally.cached == len(head)
    assert reply == said(open_engine(predictable), other)[0]


def test_a_reply_that_was_edited_is_read_again_from_the_prompt_on(predictable: Path) -> None:
    engine = open_engine(predictable)
    reply, _ = said(engine, PROMPT)
    edited = [*PROMPT, reply[0], 400, 401, *reply]
    again, tally = said(engine, edited)
    assert tally.cached == len(PROMPT) - 1
    assert again == said(open_engine(predictable), edited)[0]


def test_a_stopped_generation_can_be_taken_up(predictable: Path) -> None:
    engine = open_engine(predictable)
    everything, _ = said(engine, PROMPT)
    tally = Tally(len(PROMPT))
    stream = engine.generate(PROMPT, GREEDY, tally=tally)
    got = [*next(stream), *next(stream)]
    stream.close()  # type: ignore[attr-defined]
    rest, _ = said(engine, [*PROMPT, *got], Sampling(temperature=0, max_tokens=60 - len(got)))
    assert got + rest == everything


def test_where_no_token_may_come_the_reply_is_cut_off_and_can_be_taken_up(predictable: Path) -> None:
    engine = open_engine(predictable)
    everything, _ = said(engine, PROMPT)
    got, tally = said(engine, PROMPT, rule=lambda made: lambda _token: len(made) < 11)
    assert got == everything[:11]
    assert (tally.finish, tally.made) == ("length", 11)
    rest, _ = said(engine, [*PROMPT, *got], Sampling(temperature=0, max_tokens=49))
    assert got + rest == everything
